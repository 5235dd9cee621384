"""Any bytes as a site's file, a .env file or a variable give settings that work, or a fault with its place and mend."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from app import cli, env_file
from app.core.errors import BadSource
from app.settings import Settings
from app.settings_checks import first_fault, is_web_address
from app.sites import settings_of
from tests.fuzzing import fuzz

NAMES = st.sampled_from([*Settings.model_fields, "contact", "GUICHET_FAQ", "a.b", '"a b"', '"\\u0000"', "é", "[faq]"])
VALUES = st.one_of(
    st.sampled_from(
        [
            *('""', '"x"', "0", "-1", "1", "1e400", "-inf", "nan", "9" * 30, "9" * 5000, "true", "[]", '["a"]', "{}"),
            *('"sqlite:///x.db"', '"sqlite://"', '"postgresql://h:x/b"', '"mysql://h/b"', '"https://["', '"http://a:0"'),
            *('"https://a.example"', '"javascript:a"', '"//a"', '"\\n"', '"\\u0000"', '"\\u202e"', '"""a\nb"""'),
            *('"a=administrateur"', '"="', '"../../x"', '"~"', "[" * 300, '"' + "a" * 500 + '"', "0xFFFFFFFFFFFFFFFF"),
        ]
    ),
    st.text(max_size=30),
    st.integers().map(str),
    st.floats().map(str),
)  # fmt: skip
LINES = st.builds(
    lambda name, equals, value: f"{name}{equals}{value}\n", NAMES, st.sampled_from([" = ", "=", ""]), VALUES
)
BYTES = st.one_of(
    st.binary(max_size=200),
    st.lists(LINES, max_size=3).map(lambda lines: "".join(lines).encode("utf-8", "surrogatepass")),
    st.builds(lambda lines, cut: "".join(lines).encode()[:cut], st.lists(LINES, max_size=3), st.integers(0, 200)),
)
"""Bytes; lines such as somebody writes; and such a file cut off while it was written."""


BASE = Settings(_env_file=None)  # type: ignore[call-arg]


def works(settings: Settings) -> None:
    """Nothing in them fails later, elsewhere."""
    for name in Settings.model_fields:
        value = getattr(settings, name)
        assert "\x00" not in str(value).encode().decode()
        assert not isinstance(value, int | float) or abs(value) <= 1_000_000_000
    assert sa.make_url(settings.database_url).get_backend_name() in ("sqlite", "postgresql")
    for address in (settings.contact_url, settings.llm_base_url, settings.privacy_url, *settings.origins):
        assert address is None or is_web_address(address)
    assert all(role in ("lecteur", "editeur", "administrateur") for role in settings.role_of_group.values())


def told(error: BadSource, path: Path, lines: int, *, placed: bool = False) -> None:
    assert error.path == path
    assert 1 <= (error.line or (0 if placed else 1)) <= lines
    assert error.mend
    assert str(error).isprintable()
    assert "should" not in str(error)


@fuzz(100)
@given(content=BYTES)
def test_any_bytes_as_a_sites_file(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    folder = tmp_path_factory.getbasetemp()
    path = folder / "essai.toml"
    path.write_bytes(content)
    try:
        settings = settings_of(BASE.model_copy(update={"sites_dir": folder}), "essai")
    except BadSource as error:
        told(error, path, content.count(b"\n") + 1, placed=True)
        return
    works(settings)


@fuzz(100)
@given(content=BYTES)
def test_any_bytes_as_an_environment_file(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / ".env"
    path.write_bytes(content.replace(b"database_url", b"GUICHET_DATABASE_URL").replace(b"faq", b"GUICHET_FAQ"))
    try:
        env_file.check(path)
        works(Settings(_env_file=path))  # type: ignore[call-arg]
    except BadSource as error:
        told(error, path, content.count(b"\n") + content.count(b"\r") + 1)
        return
    except ValidationError as error:
        line = env_file.line_of(path, f"GUICHET_{first_fault(error)[0]}")
    else:
        line = 1
    assert line


@fuzz(150)
@given(name=st.sampled_from(list(Settings.model_fields)), value=VALUES)
def test_any_text_as_a_variable(name: str, value: str) -> None:
    variable = f"GUICHET_{name.upper()}"
    try:
        os.environ[variable] = value.replace("\x00", "")
    except UnicodeEncodeError:
        return  # no environment holds it
    try:
        works(Settings(_env_file=None))  # type: ignore[call-arg]
    except ValidationError as error:
        refused = first_fault(error)[0]
    else:
        refused = name
    finally:
        del os.environ[variable]
    assert refused == name


SAID = (
    (b"# rien\nGUICHET_PORT=beaucoup\n", ".env:2 : GUICHET_PORT : un nombre entier est attendu"),
    (b"\n\nGUICHET_SECRET='pas ferm\xc3\xa9\n", ".env:3 : la ligne ne se lit pas"),
    (b"GUICHET_FAQ=\xe9\n", ".env:1 : le fichier n’est pas en UTF-8"),
    (b"GUICHET_CONTACT_URL=javascript:x\n", ".env:1 : GUICHET_CONTACT_URL : une adresse"),
    (b"#" * 70_000, ".env : le fichier dépasse 64 ko"),
    (b"GUICHET_LLM_TIMEOUT_S=inf\n", ".env:1 : GUICHET_LLM_TIMEOUT_S : un nombre d’au plus 1000000000"),
    (
        b"A=xxxxxxxx\n" + b"".join(b"A%d=${A%d}${A%d}\n" % (n, n - 1, n - 1) for n in range(1, 40)),
        "les ${…} de « A14 »",
    ),
)


@pytest.mark.parametrize(("content", "said"), SAID, ids=range(len(SAID)))
def test_the_command_names_the_line_and_the_mend(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], content: bytes, said: str
) -> None:
    content = content.replace(b"A=x", b"A0=x")
    (tmp_path / ".env").write_bytes(content)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["guichet", "settings"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 2
    printed = capsys.readouterr().err
    assert said in printed
    assert "→" in printed


def test_the_environment_goes_before_the_file_in_the_fault_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / ".env").write_text("GUICHET_PORT=80\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GUICHET_PORT", "x")
    monkeypatch.setattr(sys, "argv", ["guichet", "settings"])
    with pytest.raises(SystemExit):
        cli.main()
    assert ".env:" not in capsys.readouterr().err


BAITS = {
    "dots": b"a" + b".a" * 30_000 + b"=1",
    "brackets": b"faq=" + b"[" * 60_000,
    "braces": b"faq=" + b"{a=" * 20_000,
    "tables": b"[a]\n" * 15_000,
    "arrays of tables": b"[[a]]\n" * 10_000,
    "keys": b"".join(b"a%d=1\n" % n for n in range(6_000)),
    "equals": b'"a"' + b"=" * 60_000,
    "quotes": b'"' * 60_001,
    "digits": b"port=" + b"9" * 60_000,
    "underscores": b"port=1" + b"_1" * 30_000,
    "line ends": b"\n" * 60_000 + b"x=1",
    "escapes": b'faq="' + b"\\u0041" * 10_000 + b'"',
    "spaces": b" " * 60_000 + b"x",
    "names": b"x" * 60_000 + b"=1",
    "a long path": b'faq="' + b"x" * 5000 + b'"',
}


@pytest.mark.timeout(60)
@pytest.mark.parametrize("bait", BAITS)
def test_no_file_takes_long(tmp_path: Path, bait: str) -> None:
    path = tmp_path / "a.toml"
    path.write_bytes(BAITS[bait])
    with pytest.raises(BadSource) as caught:
        settings_of(Settings(_env_file=None, sites_dir=tmp_path), "a")  # type: ignore[call-arg]
    told(caught.value, path, BAITS[bait].count(b"\n") + 1)
    assert len(str(caught.value)) < 1000
    (tmp_path / ".env").write_bytes(BAITS[bait])
    try:
        env_file.check(tmp_path / ".env")
    except BadSource as error:
        told(error, tmp_path / ".env", BAITS[bait].count(b"\n") + 1)
