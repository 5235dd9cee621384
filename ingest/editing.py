"""Changing a FAQ's sources as an author would, by hand: a variant more, an answer put otherwise, a new question.

Whatever the layout, a change is made to the lines of one entry and the result is read again: if anything but
that entry has changed, or the entry doesn't say what it should, the change is refused and nothing is written.

A change is a mapping with `kind` and

- variant: `entry`, `text`
- edit: `entry`, `was` (its content hash, "" for any), `question`, `answer` (as written), `variants`, `url`,
  `audience`, `valid_until` (ISO or "")
- add: `question`, `answer`, `section`, `variants`
- remove: `entry`, `was`
- gap: `topic`, `text`
- text: `path`, `was` (SHA-256 of the text it replaces), `text`
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from app.core.french import clean, fold
from app.core.workshop import Change, ChangeRefused, Files
from ingest import editing_messages as messages
from ingest.comment import parse_date
from ingest.model import ParsedEntry, ParsedFaq
from ingest.source import tidy

Read = Callable[[Files], ParsedFaq]
"""Reads sources; raises BadSource."""

_COMMENT = re.compile(r"^[ \t]*<!--\s*guichet\b.*?-->[ \t]*\n?", re.DOTALL | re.IGNORECASE | re.MULTILINE)
_LISTED = re.compile(r"^[ \t]*[-*•][ \t]+\S", re.MULTILINE)
_BULLET = re.compile(r"^(?:[-*•]\s+)+")
_HEADING = re.compile(r"^#+\s")


@dataclass(frozen=True, slots=True)
class Meant:
    """What an entry is to say."""

    question: str
    answer: str
    variants: tuple[str, ...]
    id: str | None
    url: str | None
    audience: str | None
    valid_until: str | None


class Editor:
    """Sources, and how to read them."""

    def __init__(self, files: Files, read: Read, gaps_path: str, relative: Callable[[ParsedEntry], str]) -> None:
        self._files = dict(files)
        self._read = read
        self._gaps_path = gaps_path
        self._relative = relative

    def apply(self, change: Change) -> Files:
        """The sources after one change. Raises ChangeRefused."""
        kinds: Mapping[str, Callable[[Change], None]] = {
            "variant": self._variant,
            "edit": self._edit,
            "add": self._add,
            "remove": self._remove,
            "gap": self._gap,
            "text": self._text,
        }
        kinds[str(change["kind"])](change)
        return self._files

    # --- entries ---------------------------------------------------------------------------

    def _variant(self, change: Change) -> None:
        parsed = self._entry(change)
        variant = one_line(str(change["text"]))
        asked = (parsed.entry.question, *parsed.entry.variants)
        if not variant:
            raise ChangeRefused(messages.EMPTY_VARIANT)
        if fold(variant) in map(fold, asked):
            raise ChangeRefused(messages.KNOWN_VARIANT.format(variant=variant))
        self._rewrite(parsed, _meant(parsed, variants=(*parsed.entry.variants, variant)))

    def _edit(self, change: Change) -> None:
        parsed = self._entry(change)
        question = one_line(str(change["question"]))
        if not question:
            raise ChangeRefused(messages.EMPTY_QUESTION)
        until = str(change.get("valid_until") or "").strip()
        if until and parse_date(until) is None:
            raise ChangeRefused(messages.BAD_DATE.format(date=until))
        renamed = question != parsed.entry.question
        meant = Meant(
            question=question,
            answer=_written(str(change["answer"])),
            variants=_lines(change.get("variants", ())),
            id=parsed.explicit_id or (parsed.entry.id if renamed else None),
            url=one_line(str(change.get("url") or "")) or None,
            audience=one_line(str(change.get("audience") or "")) or None,
            valid_until=until or None,
        )
        self._rewrite(parsed, meant)

    def _remove(self, change: Change) -> None:
        parsed = self._entry(change)
        path, lines, start, end = self._place(parsed)
        if sum(self._relative(other) == path for other in self._read(self._files).entries) == 1:
            raise ChangeRefused(messages.LAST_ENTRY)
        before = self._read(self._files)
        after = {**self._files, path: _joined(lines[:start], [], lines[end:])}
        self._accept(before, after, changed=parsed.entry.id, gone=True)

    def _add(self, change: Change) -> None:
        question, answer = one_line(str(change["question"])), _written(str(change["answer"]))
        if not question:
            raise ChangeRefused(messages.EMPTY_QUESTION)
        if not answer.strip():
            raise ChangeRefused(messages.EMPTY_ANSWER)
        before = self._read(self._files)
        if any(fold(parsed.entry.question) == fold(question) for parsed in before.entries):
            raise ChangeRefused(messages.KNOWN_QUESTION)
        section = one_line(str(change.get("section") or ""))
        editable = [p for p in before.entries if self._relative(p) in self._files]
        if not editable:
            raise ChangeRefused(messages.NOT_MARKDOWN)
        if not question.rstrip(' \u00a0\u202f»"”').endswith("?"):
            question += "\u00a0?"
        meant = Meant(question, answer, _lines(change.get("variants", ())), None, None, None, None)
        last = next((p for p in reversed(editable) if p.entry.section == section), None)
        path, lines, start, end = self._place(last or editable[-1])
        asked = lines[start].replace((last or editable[-1]).entry.question, question)
        for line in dict.fromkeys((asked if question in asked else f"### {question}", f"### {question}", question)):
            heading = [] if last else [f"## {section}", ""] if section else []
            block = [*heading, line, "", *_body(meant)]
            after = {**self._files, path: _joined(lines[:end], block, lines[end:])}
            if self._holds(before, after, meant, section):
                self._files = after
                return
        raise ChangeRefused(messages.NO_PLACE, mend=messages.AS_TEXT)

    def _holds(self, before: ParsedFaq, after: Files, meant: Meant, section: str) -> bool:
        """Whether the new entry, and nothing else, was added."""
        found = self._read(after)
        old = {p.entry.id: p.entry.content_hash for p in before.entries}
        new = [p.entry for p in found.entries if p.entry.id not in old]
        kept = {p.entry.id: p.entry.content_hash for p in found.entries if p.entry.id in old}
        return (
            kept == old
            and len(new) == 1
            and fold(new[0].question) == fold(meant.question)
            and new[0].variants == meant.variants
            and bool(new[0].answer_md)
            and (not section or fold(new[0].section) == fold(section))
        )

    def _entry(self, change: Change) -> ParsedEntry:
        entry_id = str(change["entry"])
        found = next((p for p in self._read(self._files).entries if p.entry.id == entry_id), None)
        if found is None:
            raise ChangeRefused(messages.NO_ENTRY.format(entry=entry_id))
        if self._relative(found) not in self._files:
            raise ChangeRefused(messages.NOT_MARKDOWN)
        was = str(change.get("was") or "")
        if was and was != found.entry.content_hash:
            raise ChangeRefused(messages.ENTRY_CHANGED.format(question=found.entry.question))
        return found

    def _place(self, parsed: ParsedEntry) -> tuple[str, list[str], int, int]:
        """Path, lines, and the entry's lines as a half-open range from 0."""
        path = self._relative(parsed)
        lines = tidy(self._files[path]).split("\n")
        start = parsed.line - 1
        entries = self._read(self._files).entries
        following = [p.line - 1 for p in entries if self._relative(p) == path and p.line > parsed.line]
        border = min(following, default=len(lines))
        end = max(start + 1, min(border, parsed.answer_line + parsed.raw.count("\n")))
        region = "\n".join(lines[start:border])
        for match in _COMMENT.finditer(region):
            end = max(end, start + region.count("\n", 0, match.end() - 1) + 1)
        while end > start + 1 and not lines[end - 1].strip():
            end -= 1
        return path, lines, start, end

    def _rewrite(self, parsed: ParsedEntry, meant: Meant) -> None:
        path, lines, start, end = self._place(parsed)
        text = "\n".join(lines[start:end])
        comment = _COMMENT.search(text)
        answer_at = parsed.answer_line - 1 - start
        comment_at = text.count("\n", 0, comment.start()) if comment else len(lines)
        asked = lines[start : start + max(1, min(answer_at or 1, comment_at))]
        while len(asked) > 1 and not asked[-1].strip():
            asked.pop()
        if meant.question != parsed.entry.question:
            replaced = "\n".join(asked).replace(parsed.entry.question, meant.question)
            if meant.question not in replaced:
                raise ChangeRefused(messages.QUESTION_STAYS, mend=messages.AS_TEXT)
            asked = replaced.split("\n")
        block = [*asked, "", *_body(meant)]
        before = self._read(self._files)
        after = {**self._files, path: _joined(lines[:start], block, lines[end:], tight=True)}
        self._accept(before, after, changed=parsed.entry.id, meant=meant)

    def _accept(
        self,
        before: ParsedFaq,
        after: Files,
        *,
        changed: str,
        meant: Meant | None = None,
        gone: bool = False,
    ) -> None:
        """Take the new sources if they differ from the old in the entry `changed` alone."""
        found = {p.entry.id: p.entry for p in self._read(after).entries}
        for parsed in before.entries:
            entry = found.pop(parsed.entry.id, None)
            if parsed.entry.id == changed:
                fits = entry is None if gone else entry is not None and _says(entry.question, entry.variants, meant)
            else:
                fits = entry is not None and entry.content_hash == parsed.entry.content_hash
            if not fits:
                raise ChangeRefused(messages.SIDE_EFFECT, mend=messages.AS_TEXT)
        if found:
            raise ChangeRefused(messages.SIDE_EFFECT, mend=messages.AS_TEXT)
        self._files = dict(after)

    # --- the rest --------------------------------------------------------------------------

    def _gap(self, change: Change) -> None:
        topic, text = one_line(str(change["topic"])), one_line(str(change["text"]))
        if not topic or not text:
            raise ChangeRefused(messages.EMPTY_GAP)
        lines = tidy(self._files.get(self._gaps_path, "")).rstrip("\n").split("\n")
        if any(fold(_BULLET.sub("", line)) == fold(text) for line in lines if _LISTED.match(line)):
            raise ChangeRefused(messages.KNOWN_GAP.format(text=text))
        titles = [at for at, line in enumerate(lines) if line.startswith("##")]
        mine = next((at for at in titles if fold(lines[at].strip("# ")) == fold(topic)), None)
        if mine is None:
            added = [*([*lines, ""] if any(lines) else ["# Sujets sans réponse", ""]), f"## {topic}", f"- {text}"]
        else:
            end = next((at for at in titles if at > mine), len(lines))
            while end > mine + 1 and not lines[end - 1].strip():
                end -= 1
            added = [*lines[:end], f"- {text}", *lines[end:]]
        self._files[self._gaps_path] = "\n".join(added) + "\n"

    def _text(self, change: Change) -> None:
        path = str(change["path"])
        if path not in self._files or PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts:
            raise ChangeRefused(messages.NO_FILE.format(path=path))
        if str(change["was"]) != digest(self._files[path]):
            raise ChangeRefused(messages.FILE_CHANGED.format(path=path))
        text = tidy(str(change["text"]))
        self._files[path] = text if text.endswith("\n") else text + "\n"


def digest(text: str) -> str:
    """SHA-256 of a source, to tell whether it is still the same."""
    return hashlib.sha256(text.encode()).hexdigest()


def one_line(text: str) -> str:
    """What was typed, on one line that no comment's end or list mark can break."""
    flat = " ".join(clean(text).split())
    return _BULLET.sub("", flat.replace("-->", "→").replace("<!--", ""))


def _written(text: str) -> str:
    return _COMMENT.sub("", tidy(text)).strip("\n")


def _lines(values: object) -> tuple[str, ...]:
    texts = values.split("\n") if isinstance(values, str) else list(values)  # type: ignore[call-overload]
    return tuple(dict.fromkeys(filter(None, (one_line(str(text)) for text in texts))))


def _meant(parsed: ParsedEntry, *, variants: Sequence[str]) -> Meant:
    entry = parsed.entry
    return Meant(
        question=entry.question,
        answer=_written(parsed.raw),
        variants=tuple(variants),
        id=parsed.explicit_id,
        url=entry.url if entry.url and entry.url.startswith("http") else None,
        audience=entry.audience,
        valid_until=entry.valid_until.isoformat() if entry.valid_until else None,
    )


def _body(meant: Meant) -> list[str]:
    """The comment, if there is anything to say in it, and the answer."""
    pairs = {"id": meant.id, "audience": meant.audience, "url": meant.url, "valid_until": meant.valid_until}
    keys = [f"{name}={value}" for name, value in pairs.items() if value]
    lines: list[str] = []
    if keys or meant.variants:
        lines.append(f"<!-- guichet: {'; '.join(keys)}".rstrip())
        if meant.variants:
            lines += ["variantes:", *(f"- {variant}" for variant in meant.variants)]
        lines += ["-->", ""]
    return [*lines, *meant.answer.split("\n")] if meant.answer else lines[:-1]


def _joined(before: Sequence[str], block: Sequence[str], after: Sequence[str], *, tight: bool = False) -> str:
    """The lines with one blank line around the block."""
    head, tail = list(before), list(after)
    if not tight:
        while head and not head[-1].strip():
            head.pop()
        while tail and not tail[0].strip():
            tail.pop(0)
        parts = ["\n".join(part) for part in (head, list(block), tail) if part]
        return "\n\n".join(parts).rstrip("\n") + "\n"
    return "\n".join([*head, *block, *tail]).rstrip("\n") + "\n"


def _says(question: str, variants: tuple[str, ...], meant: Meant | None) -> bool:
    if meant is None:
        return True
    return fold(question) == fold(meant.question) and set(map(fold, variants)) == set(map(fold, meant.variants))
