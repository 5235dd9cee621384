"""The Workshop of the console (app/core/workshop.py): sources on disk, checked, changed and published whole."""

from __future__ import annotations

import fcntl
import hashlib
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from app.core.errors import BadSource, GuichetError, IngestBusy
from app.core.ports import Encoder
from app.core.types import Gap
from app.core.workshop import Change, ChangeRefused, Checked, FaqRefused, Files, Placed, Remark, SourceChanged
from app.search import messages as search_messages
from app.search import publishing, versions
from app.search.decide import DecisionModel
from app.search.follower import sharing
from app.search.shared import open_shared
from app.settings import Settings
from ingest import editing_messages as messages
from ingest import gaps as known_gaps
from ingest.build import build_index, source_hash
from ingest.editing import Editor
from ingest.lint import lint
from ingest.model import ParsedEntry, ParsedFaq
from ingest.parse import MARKDOWN, combine, parse_file, parse_markdown, parse_text, source_files
from ingest.source import decode, read_bytes

REMEMBERED = 8
"""Sources whose reading is kept: pages and changes read the same ones again and again."""


def open_workshop(settings: Settings) -> FaqWorkshop:
    """The workshop over the FAQ of the settings."""
    return FaqWorkshop(settings)


class FaqWorkshop:
    """Sources below one folder. Tables are read, not edited."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._root = settings.faq if settings.faq.is_dir() else settings.faq.parent
        self._gaps = settings.gaps or self._root / known_gaps.FILE
        self._shared = open_shared(settings)
        self._parsed: OrderedDict[str, ParsedFaq] = OrderedDict()
        self._checked: OrderedDict[str, Checked] = OrderedDict()

    @property
    def folder(self) -> Path:
        """The folder that the files' paths start from."""
        return self._root

    @property
    def gaps_path(self) -> str:
        """The known gaps' path among the files."""
        return self._name(self._gaps)

    def read(self) -> dict[str, str]:
        """The Markdown sources as they stand on disk. Raises BadSource."""
        paths = [path for path in source_files([self._settings.faq]) if path.suffix.lower() in MARKDOWN]
        if self._gaps.exists():
            paths.append(self._gaps)
        return {self._name(path): decode(path, read_bytes(path)) for path in paths}

    def check(self, files: Files) -> Checked:
        """Entries, gaps and remarks. Raises BadSource when they can't be read at all."""
        today = datetime.now(UTC).astimezone().date()
        key = f"{self._key(files)} {today}"
        if (known := self._checked.get(key)) is not None:
            return known
        parsed = self._parse(files)
        findings = lint(parsed, today=today)
        checked = Checked(
            meta=parsed.meta,
            entries=tuple(
                Placed(p.entry, self._name(p.path), p.line, p.raw, self._name(p.path) in files) for p in parsed.entries
            ),
            gaps=self._parse_gaps(files),
            remarks=tuple(
                Remark(self._name(f.path), f.line, f.severity, f.code, f.message, f.mend, f.entry_id) for f in findings
            ),
        )
        return _keep(self._checked, key, checked)

    def apply(self, files: Files, changes: Sequence[Change]) -> Files:
        """The sources after the changes. Raises ChangeRefused naming the first that can't be made."""
        for number, change in enumerate(changes):
            try:
                files = Editor(files, self._parse, self.gaps_path, self._relative).apply(change)
                self._parse_gaps(files)
            except ChangeRefused as error:
                raise ChangeRefused(str(error), number=number, mend=error.mend) from error
            except BadSource as error:
                raise ChangeRefused(str(error.args[0]), number=number, mend=error.mend) from error
        return files

    def render(self, text: str) -> str:
        """An answer as written, as the canonical Markdown that visitors are shown."""
        try:
            parsed = parse_text(f"# FAQ\n\n## R\n\n### Q ?\n\n{text}\n\n### Fin ?\n\nFin.\n")
        except BadSource:
            return ""
        return parsed.entries[0].entry.answer_md if parsed.entries else ""

    def build(self, files: Files, folder: Path, encoder: Encoder) -> str:
        """Build an index of the sources in `folder`, which nobody serves."""
        return self._build(self._sound(files), files, folder, encoder)

    def publish(self, before: Files, after: Files, encoder: Encoder) -> str:
        """Write the sources and make their index live, both or neither."""
        with publishing.disk_checked(self._root), self._publishing() as share:
            parsed = self._begin(before, after)
            self._write(before, after)
            try:
                return self._build(parsed, after, self._settings.index_dir, encoder, share)
            except BaseException:
                self._write(after, before)
                raise

    def restore(self, before: Files, after: Files, version: str, encoder: Encoder) -> str:
        """The same for sources that were live as `version`: at once where its index is still there."""
        index_dir = self._settings.index_dir
        with publishing.disk_checked(self._root), self._publishing() as share:
            parsed = self._begin(before, after)
            self._write(before, after)
            try:
                if self._is_of(version, parsed, after, encoder):
                    publishing.rollback(index_dir, version)
                    publishing.unpin(index_dir)
                    return version
                return self._build(parsed, after, index_dir, encoder, share)
            except BaseException:
                self._write(after, before)
                raise

    def _is_of(self, version: str, parsed: ParsedFaq, files: Files, encoder: Encoder) -> bool:
        """Whether that version is still there and was made from just this, as it would be made today."""
        folder = self._settings.index_dir / version
        if not version or not folder.is_dir():
            return False
        try:
            manifest = versions.read_manifest(folder)
        except GuichetError:
            return False
        made_from = source_hash(parsed.meta, parsed.faq_entries, self._parse_gaps(files))
        decided = hashlib.sha256(self._decision()).hexdigest()
        return (manifest.source_hash, manifest.decision_hash, manifest.encoder_fingerprint) == (
            made_from,
            decided,
            encoder.fingerprint,
        )

    def _begin(self, before: Files, after: Files) -> ParsedFaq:
        if self.read() != dict(before):
            raise SourceChanged(messages.CHANGED_OUTSIDE)
        return self._sound(after)

    def _sound(self, files: Files) -> ParsedFaq:
        """The sources read. Raises FaqRefused when they have errors, or no question."""
        checked = self.check(files)
        if checked.errors or not checked.entries:
            first = checked.errors[0].message if checked.errors else messages.EMPTY_QUESTION
            raise FaqRefused(messages.HAS_ERRORS.format(n=max(1, len(checked.errors)), first=first))
        return self._parse(files)

    def _build(
        self, parsed: ParsedFaq, files: Files, folder: Path, encoder: Encoder, share: publishing.Share | None = None
    ) -> str:
        settings = self._settings
        live = publishing.open_live(settings.index_dir) if folder != settings.index_dir else None
        return build_index(
            parsed.meta,
            parsed.faq_entries,
            index_dir=folder,
            decision=self._decision(),
            encoder=encoder,
            gaps=self._parse_gaps(files),
            keep=settings.index_keep,
            dense=settings.index_type,
            reuse=live,
            share=share,
        ).version

    def _decision(self) -> bytes:
        content = self._settings.decision.read_bytes()
        DecisionModel.from_json(content, self._settings.decision)
        return content

    @contextmanager
    def _publishing(self) -> Iterator[publishing.Share | None]:
        """Hold the lock of who writes sources. Raises IngestBusy when another console, command or machine does."""
        self._settings.index_dir.mkdir(parents=True, exist_ok=True)
        with (self._settings.index_dir / ".publishing").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise IngestBusy(search_messages.BUSY, mend=search_messages.BUSY_MEND) from None
            try:
                with sharing(self._shared, self._settings.index_dir, self._settings.index_keep) as share:
                    yield share
            finally:
                if self._shared is not None:
                    self._shared.close()  # between two publications no connection is kept

    def _write(self, before: Files, after: Files) -> None:
        changed = {self._root / name: text.encode() for name, text in after.items() if before.get(name) != text}
        versions.write_together(changed)
        for name in set(before) - set(after):
            (self._root / name).unlink(missing_ok=True)

    def _parse(self, files: Files) -> ParsedFaq:
        key = self._key(files)
        if (known := self._parsed.get(key)) is not None:
            return known
        parsed = combine(
            [
                parse_markdown(path, files[name]) if (name := self._name(path)) in files else parse_file(path)
                for path in source_files([self._settings.faq])
            ]
        )
        return _keep(self._parsed, key, parsed)

    def _key(self, files: Files) -> str:
        """Changes whenever what these sources and the tables beside them say could."""
        digest = hashlib.sha256()
        for name in sorted(files):
            digest.update(f"{name}\0{files[name]}\0".encode())
        for path in source_files([self._settings.faq]):
            if self._name(path) not in files:
                stat = path.stat()
                digest.update(f"{path}\0{stat.st_mtime_ns}\0{stat.st_size}\0".encode())
        return digest.hexdigest()

    def _parse_gaps(self, files: Files) -> tuple[Gap, ...]:
        return known_gaps.parse_gaps_text(files.get(self.gaps_path, ""), self._gaps)

    def _relative(self, parsed: ParsedEntry) -> str:
        return self._name(parsed.path)

    def _name(self, path: Path) -> str:
        """The path below the folder; that of gaps kept elsewhere as it is."""
        return path.relative_to(self._root).as_posix() if path.is_relative_to(self._root) else path.as_posix()


T = TypeVar("T")


def _keep(kept: OrderedDict[str, T], key: str, value: T) -> T:
    kept[key] = value
    while len(kept) > REMEMBERED:
        kept.popitem(last=False)
    return value
