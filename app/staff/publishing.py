"""Drafts of the FAQ, from the first change to the published version and back."""

from __future__ import annotations

import difflib
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import structlog

from app.core.errors import GuichetError, IngestBusy
from app.core.workshop import Change, ChangeRefused, Checked, Files, SourceChanged
from app.staff import messages
from app.staff.desk import Desk
from app.store.accounts import User
from app.store.drafts import Draft, Publication
from app.store.inbox import Handled

_log = structlog.get_logger(__name__)
HANDLED: Mapping[str, Handled] = {"variant": "variant", "gap": "out"}
"""What is noted about the questions that a change came from; "entry" for the other kinds."""
CONTEXT = 3
"""Unchanged lines shown around a change."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a difference: `kind` is "+", "-", " ", or "@" where lines are left out."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Conflict:
    """The sources changed since the draft began: how, and which of the draft's changes no longer fit."""

    outside: dict[str, list[Line]]
    refused: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class DraftView:
    """A draft with what it makes of the sources."""

    draft: Draft
    after: Files
    checked: Checked
    diff: dict[str, list[Line]]
    conflict: Conflict | None


def draft_of(desk: Desk, user: User) -> Draft:
    """The draft that a user works on, begun from today's sources when there is none."""
    return desk.drafts.of(user.id) or desk.drafts.begin(user.id, user.name, desk.workshop.read())


def add_changes(desk: Desk, user: User, changes: Sequence[Change]) -> Draft:
    """Add changes to the user's draft. Raises ChangeRefused when they don't fit, and adds none then."""
    draft = draft_of(desk, user)
    wanted = [*draft.changes, *_superseding(draft.changes, changes)]
    desk.workshop.apply(draft.base, wanted)
    return desk.drafts.change(draft, wanted)


def _superseding(known: Sequence[Change], changes: Sequence[Change]) -> list[Change]:
    """An edit of an entry that the draft edits already is against the draft's own text."""
    touched = {change.get("entry") for change in known}
    return [
        {**change, "was": ""} if change["kind"] in ("edit", "remove") and change["entry"] in touched else change
        for change in changes
    ]


def drop_change(desk: Desk, draft: Draft, number: int) -> Draft:
    """Take one change back, and those after it that no longer fit without it."""
    left = [change for at, change in enumerate(draft.changes) if at != number]
    while left:
        try:
            desk.workshop.apply(draft.base, left)
        except ChangeRefused as error:
            left.pop(error.number)
        else:
            break
    return desk.drafts.change(draft, left)


def view(desk: Desk, draft: Draft) -> DraftView:
    """What a draft makes of the sources it began from, and whether those are still the same."""
    after = desk.workshop.apply(draft.base, draft.changes)
    return DraftView(draft, after, desk.workshop.check(after), difference(draft.base, after), _conflict(desk, draft))


def _conflict(desk: Desk, draft: Draft) -> Conflict | None:
    today = desk.workshop.read()
    if today == draft.base:
        return None
    return Conflict(difference(draft.base, today), tuple(_refused(desk, today, draft.changes)[1]))


def _refused(desk: Desk, files: Files, changes: Sequence[Change]) -> tuple[list[Change], list[tuple[int, str]]]:
    """The changes that fit these sources, and the numbers of those that don't, with the reason."""
    fitting: list[Change] = []
    refused: list[tuple[int, str]] = []
    for number, change in enumerate(changes):
        try:
            files = desk.workshop.apply(files, [change])
        except ChangeRefused as error:
            refused.append((number, str(error)))
        else:
            fitting.append(change)
    return fitting, refused


def rebase(desk: Desk, draft: Draft) -> Draft:
    """Take a draft up on today's sources; changes that no longer fit are left out."""
    today = desk.workshop.read()
    fitting, _ = _refused(desk, today, draft.changes)
    return desk.drafts.change(draft, fitting, base=today)


def publish(desk: Desk, draft: Draft, user: User, note: str) -> Publication:
    """Publish a draft. Raises SourceChanged, FaqRefused, DraftChanged or IngestBusy; then nothing has changed."""
    if not draft.changes:
        raise ChangeRefused(messages.NOTHING_TO_PUBLISH)
    after = desk.workshop.apply(draft.base, draft.changes)
    with desk.database.alone("publication"):
        return _publish(desk, draft, user, note, after)


def _publish(desk: Desk, draft: Draft, user: User, note: str, after: Files) -> Publication:
    adopt(desk, draft.base)
    number = desk.drafts.begin_publication(user.name, note, "publication", draft.base, after)
    version = _carry_out(desk, number, lambda: desk.workshop.publish(draft.base, after, desk.services.live.encoder()))
    desk.drafts.close(draft, "published", note)
    for change in draft.changes:
        for question in change.get("from", ()):
            desk.inbox.mark_alike(str(question), HANDLED.get(change["kind"], "entry"))
    desk.audit.note(user.name, "publish", version, note)
    return _finished(desk, number, user, note, draft.base, after)


def rollback(desk: Desk, number: int, user: User) -> Publication:
    """Make the sources and the index live again that a publication made live. Raises as `publish` does."""
    with desk.database.alone("publication"):
        return _rollback(desk, number, user)


def _rollback(desk: Desk, number: int, user: User) -> Publication:
    found = desk.drafts.publication(number)
    if found is None or found[0].state != "done":
        raise ChangeRefused(messages.NO_PUBLICATION)
    publication, _, target = found
    today = desk.workshop.read()
    last = last_published(desk)
    if last is not None and today != last[1]:
        raise SourceChanged(messages.CHANGED_SINCE)
    if today == target:
        raise ChangeRefused(messages.ALREADY_LIVE)
    note = messages.BACK_TO.format(version=publication.version)
    new = desk.drafts.begin_publication(user.name, note, "rollback", today, target)
    encoder = desk.services.live.encoder()
    version = _carry_out(desk, new, lambda: desk.workshop.restore(today, target, publication.version, encoder))
    desk.audit.note(user.name, "rollback", version, note)
    return _finished(desk, new, user, note, today, target)


def _carry_out(desk: Desk, number: int, work: Callable[[], str]) -> str:
    try:
        version = work()
    except BaseException:
        desk.drafts.end_publication(number, "failed")
        raise
    desk.drafts.end_publication(number, "done", version)
    desk.services.live.refresh()
    return version


def _finished(desk: Desk, number: int, user: User, note: str, before: Files, after: Files) -> Publication:
    if desk.settings.publish_git:
        changed = [name for name in after if before.get(name) != after[name]]
        if problem := commit(desk, changed, note, user):
            desk.audit.note(user.name, "git", "", problem)
    found = desk.drafts.publication(number)
    assert found is not None
    return found[0]


def adopt(desk: Desk, files: Files) -> None:
    """Write down sources that were published outside the console, so that one can go back to them."""
    last = last_published(desk)
    if last is not None and last[1] == files:
        return
    version = desk.services.live.retriever().index.version
    number = desk.drafts.begin_publication("", messages.OUTSIDE, "outside", last[1] if last else {}, files)
    desk.drafts.end_publication(number, "done", version)


def changed_outside(desk: Desk) -> dict[str, list[Line]]:
    """How today's sources differ from those last published here; {} when they don't, or nothing ever was."""
    last = last_published(desk)
    return difference(last[1], desk.workshop.read()) if last else {}


def publish_outside(desk: Desk, user: User) -> Publication:
    """Publish the sources as they stand on disk, edited elsewhere. Raises as `publish` does."""
    with desk.database.alone("publication"):
        return _publish_outside(desk, user)


def _publish_outside(desk: Desk, user: User) -> Publication:
    today = desk.workshop.read()
    last = last_published(desk)
    before = last[1] if last else today
    number = desk.drafts.begin_publication(user.name, messages.OUTSIDE, "outside", before, today)
    version = _carry_out(desk, number, lambda: desk.workshop.publish(today, today, desk.services.live.encoder()))
    desk.audit.note(user.name, "publish", version, messages.OUTSIDE)
    found = desk.drafts.publication(number)
    assert found is not None
    return found[0]


def last_published(desk: Desk) -> tuple[Publication, Files] | None:
    """The latest publication that was carried out, with its sources."""
    done = next((p for p in desk.drafts.publications() if p.state == "done"), None)
    found = desk.drafts.publication(done.id) if done else None
    return (found[0], found[2]) if found else None


def recover(desk: Desk) -> list[int]:
    """Undo what a killed process left half done; the publications concerned.

    The visitors have the old index until the very last step. If that step was done, the publication is
    finished; otherwise the old sources are put back where nobody has touched the new ones since.
    What another machine is about to publish is left to it.
    """
    try:
        with desk.database.alone("publication"):
            return _recover(desk)
    except IngestBusy:
        return []


def _recover(desk: Desk) -> list[int]:
    found = desk.drafts.pending()
    for number in found:
        publication = desk.drafts.publication(number)
        assert publication is not None
        _, before, after = publication
        try:
            state, version = _settle(desk, before, after)
        except GuichetError as error:
            _log.warning("publication.unsettled", number=number, reason=str(error))
            continue
        desk.drafts.end_publication(number, state, version)
        desk.audit.note("", "recover", version, messages.RECOVERED[state])
        _log.warning("publication.recovered", number=number, state=state)
    return found


def _settle(desk: Desk, before: Files, after: Files) -> tuple[str, str]:
    today = desk.workshop.read()
    live = desk.services.live.retriever().index
    entries = tuple(placed.entry for placed in desk.workshop.check(after).entries)
    if today == after and live.entries == entries:
        return "done", live.version
    half = all(today.get(name) in (before.get(name), after.get(name)) for name in {*before, *after, *today})
    if half and today != before:
        desk.workshop.publish(today, before, desk.services.live.encoder())
    return "interrupted", ""


def commit(desk: Desk, names: Sequence[str], note: str, user: User) -> str:
    """Commit the files with git; "" when it worked, else why not."""
    folder = desk.workshop.folder
    author = f"{user.name} <{user.login if '@' in user.login else user.login + '@guichet.invalid'}>"
    identity = ["-c", f"user.name={user.name}", "-c", "user.email=guichet@localhost"]
    commands = (
        ["git", "add", "--", *names],
        [
            "git",
            *identity,
            "commit",
            "--quiet",
            "--author",
            author,
            "--message",
            note or messages.PUBLISHED,
            "--",
            *names,
        ],
    )
    for command in commands:
        try:
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=20, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            return str(error)
        if done.returncode:
            return (done.stderr or done.stdout).strip()[-500:]
    return ""


def difference(before: Files, after: Files) -> dict[str, list[Line]]:
    """The lines that differ, file by file, with a little of what stands around them."""
    found = {}
    for name in sorted({*before, *after}):
        old, new = before.get(name, "").splitlines(), after.get(name, "").splitlines()
        lines = list(difflib.unified_diff(old, new, lineterm="", n=CONTEXT))[2:]
        if lines:
            found[name] = [Line(line[:1], "" if line.startswith("@@") else line[1:]) for line in lines]
    return found
