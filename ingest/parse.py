"""Reading FAQ sources: files or folders in, entries with their places out.

How questions are recognised is told in ingest/layouts.py, how answers are kept
in ingest/canonical.py, how ids are made in ingest/ids.py.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from app.core.types import Entry, FaqMeta
from ingest import gaps, messages, tables
from ingest.blocks import parse_blocks
from ingest.canonical import canonical
from ingest.comment import Extras, parse_comment
from ingest.directives import cut_directives, has_directives
from ingest.drafts import Cut, Draft
from ingest.ids import Asked, assign_ids
from ingest.inline import Resolve, resolver
from ingest.layouts import cut_blocks
from ingest.model import ParsedEntry, ParsedFaq, Problem, Severity, SourceFile
from ingest.source import Text, bad, decode, read_bytes, split_front_matter, to_meta

__all__ = ["ParsedEntry", "ParsedFaq", "SourceFile", "parse_file", "parse_paths", "parse_text"]

MARKDOWN = (".md", ".markdown")
IN_FOLDERS = (*MARKDOWN, ".json", ".csv", ".xlsx")
EXTENSIONS = (*IN_FOLDERS, ".tsv")


@dataclass(frozen=True, slots=True)
class Parsed:
    """One file's entries, before ids are given across files."""

    source: SourceFile
    entries: tuple[ParsedEntry, ...]
    problems: tuple[Problem, ...] = ()


def parse_paths(paths: Sequence[Path]) -> ParsedFaq:
    """All entries of the given files and folders, in reading order.

    Folders are read recursively, by name. Raises BadSource, with file and line,
    when a file can't be read or when nothing holds a question.
    """
    parsed = [parse_file(file) for file in source_files(paths)]
    if not any(one.entries for one in parsed):
        raise bad(paths[0] if paths else Path(), None, messages.NO_QUESTION)
    return combine(parsed)


def source_files(paths: Sequence[Path]) -> list[Path]:
    """The files that `parse_paths` reads, in reading order. Raises BadSource."""
    return list(dict.fromkeys(file for path in paths for file in _files(path)))


def parse_markdown(path: Path, text: str) -> Parsed:
    """One Markdown file's entries, as if `text` stood in `path`. Raises BadSource."""
    return _parse_markdown(path, split_front_matter(path, text), hashlib.sha256(text.encode()).hexdigest())


def parse_text(text: str, path: Path = Path("faq.md")) -> ParsedFaq:
    """Entries of Markdown text, as if it stood in `path`; may be none. Raises BadSource."""
    return combine([_parse_markdown(path, split_front_matter(path, text), "")])


def parse_file(path: Path) -> Parsed:
    """One file's entries; may be none. Raises BadSource."""
    extension = path.suffix.lower()
    if path.is_file() and extension not in EXTENSIONS:
        raise bad(path, None, messages.UNKNOWN_EXTENSION, extension=extension or path.name)
    data = read_bytes(path)
    digest = hashlib.sha256(data).hexdigest()
    if extension in MARKDOWN:
        return _parse_markdown(path, split_front_matter(path, decode(path, data)), digest)
    return _parse_table(path, data, digest)


def combine(parsed: Sequence[Parsed]) -> ParsedFaq:
    """Several files as one FAQ: ids unique across them, each page's own address kept."""
    meta = _merged_meta([one.source.meta for one in parsed])
    entries = [_with_page(entry, one.source.meta, meta) for one in parsed for entry in one.entries]
    ids = assign_ids([Asked(e.entry.question, e.entry.section, e.explicit_id) for e in entries])
    finished = tuple(
        replace(e, entry=replace(e.entry, id=i, content_hash=content_hash(e.entry)))
        for e, i in zip(entries, ids, strict=True)
    )
    problems = tuple(problem for one in parsed for problem in one.problems)
    return ParsedFaq(meta, finished, tuple(one.source for one in parsed), problems)


def content_hash(entry: Entry) -> str:
    """SHA-256 of everything embedded or shown, the id aside."""
    content = [
        entry.question,
        list(entry.variants),
        entry.answer_md,
        entry.section,
        entry.url,
        entry.audience,
        entry.valid_until.isoformat() if entry.valid_until else None,
    ]
    return hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()


def _files(path: Path) -> Iterator[Path]:
    if not path.is_dir():
        yield path
        return
    found = [
        file
        for file in sorted(path.rglob("*"))
        if file.is_file()
        and file.name != gaps.FILE
        and file.suffix.lower() in IN_FOLDERS
        and not any(part.startswith((".", "~$")) for part in file.relative_to(path).parts)
    ]
    if not found:
        raise bad(path, None, messages.EMPTY_FOLDER)
    yield from found


def _merged_meta(metas: Sequence[FaqMeta]) -> FaqMeta:
    """For each setting the first file that gives it."""
    default = FaqMeta()

    def first(values: Iterable[str | None]) -> str | None:
        return next((value for value in values if value), None)

    return FaqMeta(
        title=first(m.title for m in metas if m.title != default.title) or default.title,
        language=first(m.language for m in metas if m.language != default.language) or default.language,
        source_url=first(m.source_url for m in metas),
        contact_label=first(m.contact_label for m in metas),
        contact_email=first(m.contact_email for m in metas),
        contact_url=first(m.contact_url for m in metas),
    )


def _with_page(parsed: ParsedEntry, own: FaqMeta, whole: FaqMeta) -> ParsedEntry:
    """An entry of a page other than the FAQ's own points to its page."""
    if parsed.entry.url or not own.source_url or own.source_url == whole.source_url:
        return parsed
    return replace(parsed, entry=replace(parsed.entry, url=own.source_url))


# --- Markdown --------------------------------------------------------------------------------


def _parse_markdown(path: Path, text: Text, digest: str) -> Parsed:
    blocks = parse_blocks(text.body, text.first_line)
    cut = cut_directives(text.body, text.first_line, blocks) if has_directives(text.body) else None
    cut = cut or cut_blocks(blocks)
    meta = dict(text.meta)
    if "source_url" not in meta and (address := _page_address(cut)):
        meta["source_url"] = address
    if cut.title:
        meta.setdefault("title", cut.title)
    resolve = resolver(meta.get("source_url"))
    problems = _file_problems(path, text, cut)
    lines = text.body.split("\n")
    entries = tuple(_entry(path, draft, text, lines, resolve, problems) for draft in cut.drafts)
    if not entries:
        problems.append(Problem(path, 1, "no-question", "warning"))
    return Parsed(SourceFile(path, digest, len(entries), to_meta(meta)), entries, tuple(problems))


def _page_address(cut: Cut) -> str | None:
    """The page's own address: a link standing alone at the very end of the file, after an answer."""
    draft = cut.drafts[-1] if cut.drafts else None
    if draft is None or len(draft.parts) < 2:
        return None
    text = canonical(draft.parts[-1:], resolver(None))
    address = text[1:-1]
    alone = text == f"<{address}>" and address.startswith(("https://", "http://"))
    if not alone:
        return None
    draft.parts.pop()
    return address


def _file_problems(path: Path, text: Text, cut: Cut) -> list[Problem]:
    problems = [Problem(path, line, "unknown-front-matter", "warning", (("key", key),)) for key, line in text.unknown]
    problems += [Problem(path, comment.line, "stray-comment", "warning") for comment in cut.strays]
    problems += [Problem(path, line, "unclosed-comment", "error") for line in cut.unclosed]
    if cut.drafts:
        problems += [
            Problem(path, line, "section-without-question", "warning", (("section", title),))
            for title, line in cut.bare
        ]
    return problems


def _entry(
    path: Path, draft: Draft, text: Text, lines: list[str], resolve: Resolve, problems: list[Problem]
) -> ParsedEntry:
    extras = Extras()
    for at, comment in enumerate(draft.comments):
        more = parse_comment(comment.text)
        for trouble in more.troubles:
            severity: Severity = (
                "warning" if trouble.code in ("unknown-key", "empty-key", "comment-syntax") else "error"
            )
            values = (("value", trouble.value),)
            line = comment.line + trouble.line
            problems.append(Problem(path, line, trouble.code, severity, values, draft.line))
        if at == 0:
            extras = more
        else:
            problems.append(Problem(path, comment.line, "second-comment", "warning", (), draft.line))
    answer = canonical(draft.parts, resolve, labelled=draft.labelled)
    first = draft.answer_line or draft.line
    raw = "\n".join(lines[first - text.first_line : draft.end - text.first_line + 1])
    entry = Entry(
        id=extras.id or "",
        question=draft.question,
        answer_md=answer,
        section=draft.section,
        variants=tuple(extras.variants),
        url=extras.url,
        audience=extras.audience,
        valid_until=extras.valid_until,
    )
    return ParsedEntry(entry, path, draft.line, first, raw, extras.id)


# --- tables ----------------------------------------------------------------------------------


def _parse_table(path: Path, data: bytes, digest: str) -> Parsed:
    meta, rows = tables.read_table(path, data)
    resolve = resolver(meta.source_url)
    problems: list[Problem] = []
    entries = tuple(tables.to_entry(path, row, resolve, problems) for row in rows)
    if not entries:
        problems.append(Problem(path, 1, "no-question", "warning"))
    return Parsed(SourceFile(path, digest, len(entries), meta), entries, tuple(problems))
