"""Files that can't be read say why, where, and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.core.errors import BadSource
from ingest.parse import parse_paths, parse_text


def failure(path: Path) -> BadSource:
    with pytest.raises(BadSource) as caught:
        parse_paths([path])
    assert caught.value.mend
    assert str(caught.value).startswith(str(path))
    return caught.value


def test_missing(tmp_path: Path) -> None:
    assert "introuvable" in str(failure(tmp_path / "rien.md"))


def test_unknown_extension(tmp_path: Path) -> None:
    path = tmp_path / "faq.docx"
    path.write_bytes(b"x")
    assert "« .docx »" in str(failure(path))


def test_empty_folder(tmp_path: Path) -> None:
    assert "aucun fichier" in str(failure(tmp_path))


@pytest.mark.parametrize("content", [b"", b"\n\n", b"# FAQ\n\nBonjour.\n", b"---\ntitle: x\n---\n"])
def test_no_question(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "faq.md"
    path.write_bytes(content)
    assert "aucune question" in str(failure(path))


def test_bad_utf8_names_the_line(tmp_path: Path) -> None:
    path = tmp_path / "faq.md"
    path.write_bytes("### A ?\n\nété\n".encode("latin-1"))
    error = failure(path)
    assert error.line == 3
    assert "UTF-8" in str(error)


def test_binary(tmp_path: Path) -> None:
    path = tmp_path / "faq.md"
    path.write_bytes(b"\x89PNG\x00\x00\xff\xfe")
    assert "texte" in str(failure(path))


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("---\ntitle: a\n\n### A ?\n\na\n", 1),
        ("---\ntitle: a\nsource_url: [\n---\n\n### A ?\n\na\n", 3),
        ("---\ntitle: a\ncontact_email:\n  - b\n---\n\n### A ?\n\na\n", 3),
        ("---\ntitle: a: b\n---\n\n### A ?\n\na\n", 2),
    ],
)
def test_broken_front_matter(tmp_path: Path, text: str, line: int) -> None:
    path = tmp_path / "faq.md"
    path.write_text(text, encoding="utf-8")
    assert failure(path).line == line


def test_yaml_can_make_no_objects(tmp_path: Path) -> None:
    path = tmp_path / "faq.md"
    path.write_text("---\ntitle: !!python/object/apply:os.getcwd []\n---\n\n### A ?\n\na\n", encoding="utf-8")
    failure(path)


def test_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "faq.md"
    path.write_bytes(b"x" * 100)
    monkeypatch.setattr("ingest.source.MAX_BYTES", 50)
    assert "volumineux" in str(failure(path))


def test_a_monstrous_line(tmp_path: Path) -> None:
    path = tmp_path / "faq.md"
    path.write_text("### A ?\n\n" + "![" * 500_000, encoding="utf-8")
    assert failure(path).line == 3


@pytest.mark.parametrize(
    "data",
    [
        "\ufeff### Où ?\r\n\r\nIci.\r\n".encode(),
        "### Où ?\r\rIci.\r".encode(),
        "### Où ?\n\nIci.".encode("utf-16"),
    ],
)
def test_what_editors_write(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "faq.md"
    path.write_bytes(data)
    (parsed,) = parse_paths([path]).entries
    assert (parsed.entry.question, parsed.entry.answer_md, parsed.line) == ("Où ?", "Ici.", 1)


def test_foreign_front_matter_is_passed_over() -> None:
    faq = parse_text("---\nmetaLinks:\n  alternates:\n    - /a\ndescription: >-\n  b\n---\n\n### A ?\n\na\n")
    assert faq.problems == ()
    assert faq.entries[0].line == 9


def test_unknown_keys_in_our_front_matter_are_told() -> None:
    faq = parse_text("---\ncontact_email: a@b.fr\ncontact_mail: c\n---\n\n### A ?\n\na\n")
    assert [(p.code, p.line) for p in faq.problems] == [("unknown-front-matter", 3)]


def test_a_rule_at_the_top_is_no_front_matter() -> None:
    assert parse_text("---\n\n### A ?\n\na\n").entries[0].line == 3


def test_hidden_characters_are_gone() -> None:
    (entry,) = parse_text("### A\u200b ?\n\nb\u202e\x07 \\xa0c\ud800\n").faq_entries
    assert entry.question == "A ?"
    assert entry.answer_md == "b \u00a0c?"
