"""What Guichet is made of: every licence known and free, everything in the bill of materials, advisories matched."""

from __future__ import annotations

import json
import re
import zipfile
from pathlib import Path

import pytest

from security import advisories, licences, sbom
from security.dependencies import needed

RULES = licences.read_rules()


@pytest.mark.slow
def test_every_dependency_has_a_known_free_licence_and_is_listed() -> None:
    rows, faults = licences.gather()
    assert faults == []
    assert {"fastapi", "faiss-cpu", "numpy", "psycopg"} <= rows.keys()
    text = licences.LISTED.read_text("utf-8")
    listed = dict(re.findall(r"^\| ([a-z0-9][\w.-]*) \| \S+ \| (.+) \|$", text, re.MULTILINE))
    del listed["package"]
    assert listed == {name: licence for name, (_, licence, _) in rows.items()}, "python -m security.licences --write"


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (("MIT", "UNKNOWN", "UNKNOWN"), "MIT"),
        (("UNKNOWN", "Apache 2.0", "UNKNOWN"), "Apache-2.0"),
        (("MPL-2.0 AND (Apache-2.0 OR MIT)", "x", "y"), "MPL-2.0 AND (Apache-2.0 OR MIT)"),
        (("UNKNOWN", "MIT License\n\nPermission is hereby granted", "UNKNOWN"), "MIT"),
        (("UNKNOWN", "UNKNOWN", "UNKNOWN"), None),
        (("AGPL-3.0-only", "UNKNOWN", "UNKNOWN"), None),
        (("MIT AND SSPL-1.0", "UNKNOWN", "UNKNOWN"), None),
        (("UNKNOWN", "Proprietary", "Other/Proprietary License"), None),
    ],
)
def test_a_licence_that_is_not_known_to_be_free_is_refused(said: tuple[str, str, str], expected: str | None) -> None:
    assert licences.licence_of("quelconque", said, RULES) == expected


@pytest.mark.slow
def test_the_bill_of_materials_names_every_runtime_dependency() -> None:
    bill = sbom.bill(())
    listed = {one["name"].lower().replace("_", "-").replace(".", "-"): one for one in bill["components"]}
    assert set(listed) == set(needed())
    assert bill["bomFormat"] == "CycloneDX"
    assert bill["metadata"]["component"]["name"] == "guichet"
    assert all(one["version"] and one["purl"].startswith("pkg:pypi/") for one in listed.values())
    assert sum("licenses" in one for one in listed.values()) >= 0.9 * len(listed)
    assert not {"pytest", "bandit", "ruff"} & set(listed)
    refs = {one["bom-ref"] for one in bill["components"]} | {bill["metadata"]["component"]["bom-ref"]}
    assert {ref for one in bill["dependencies"] for ref in one.get("dependsOn", ())} <= refs


def advisory(**affected: object) -> dict[str, object]:
    package = {"ecosystem": "PyPI", "name": "Jinja2"}
    return {"id": "TEST-1", "summary": "essai", "affected": [{"package": package, **affected}]}


def events(*pairs: tuple[str, str]) -> dict[str, object]:
    return {"ranges": [{"type": "ECOSYSTEM", "events": [{name: version} for name, version in pairs]}]}


@pytest.mark.parametrize(
    ("affected", "version", "expected"),
    [
        (events(("introduced", "0"), ("fixed", "3.1.6")), "3.1.5", True),
        (events(("introduced", "0"), ("fixed", "3.1.6")), "3.1.6", False),
        (events(("introduced", "3.2"), ("last_affected", "3.4")), "3.4", True),
        (events(("introduced", "3.2"), ("last_affected", "3.4")), "3.10", False),
        (events(("introduced", "2"), ("fixed", "2.5"), ("introduced", "3"), ("fixed", "3.2")), "2.7", False),
        (events(("introduced", "2"), ("fixed", "2.5"), ("introduced", "3"), ("fixed", "3.2")), "3.1", True),
        ({"versions": ["1.0", "3.1.6"]}, "3.1.6", True),
    ],
)
def test_an_advisory_is_matched_by_its_versions(affected: dict[str, object], version: str, expected: bool) -> None:
    assert advisories.affects(advisory(**affected), "jinja2", version) is expected
    assert not advisories.affects({**advisory(**affected), "withdrawn": "2026-01-01"}, "jinja2", version)
    assert not advisories.affects(advisory(**affected), "mako", version)


def test_advisories_come_from_a_zip_and_without_any_that_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    name, version = next(iter(advisories.pinned().items()))
    given = {**advisory(versions=[version]), "id": "TEST-2"}
    given["affected"][0]["package"]["name"] = name  # type: ignore[index]
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.writestr("TEST-2.json", json.dumps(given))
        archive.writestr("TEST-1.json", json.dumps(advisory(versions=["0.0.1"])))
    monkeypatch.setattr("sys.argv", ["advisories", str(tmp_path / "all.zip")])
    assert advisories.main() == 1
    assert "TEST-2" in (said := capsys.readouterr().out)
    assert "TEST-1" not in said
    monkeypatch.setattr("sys.argv", ["advisories"])
    assert advisories.main() == 3
    assert "none were checked" in capsys.readouterr().out
