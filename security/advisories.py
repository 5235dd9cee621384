"""Known vulnerabilities of the pinned dependencies, without a network: `python -m security.advisories OSV…`.

Advisories change every day and can't be in the repository. Where there is a network, `pip-audit -r constraints.txt
--no-deps` asks for them. Where there is none, bring the PyPI part of the OSV database (one zip, published daily by
osv.dev) on whatever carrier your house allows, and give it here: a zip, a folder, or single JSON files. Without a file
this checks nothing, says so, and ends with 3.
"""

from __future__ import annotations

import json
import sys
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from security.licences import ROOT

NOTHING = "No advisories were given, so none were checked. See docs/operations.md, « Vulnérabilités connues »."


def pinned(path: Path = ROOT / "constraints.txt") -> dict[str, str]:
    """Version of each pinned package by canonical name."""
    lines = (line.partition("#")[0].strip() for line in path.read_text("utf-8").splitlines())
    pairs = (line.split("==") for line in lines if "==" in line)
    return {str(canonicalize_name(name)): version for name, version in pairs}


def read(paths: Iterable[Path]) -> Iterator[Mapping[str, Any]]:
    """The advisories in OSV zips, folders and files."""
    for path in paths:
        if path.suffix == ".zip":
            with zipfile.ZipFile(path) as archive:
                for name in archive.namelist():
                    if name.endswith(".json"):
                        yield json.loads(archive.read(name))
        elif path.is_dir():
            yield from read(sorted(path.rglob("*.json")))
        else:
            value = json.loads(path.read_bytes())
            yield from value if isinstance(value, list) else [value]


def affects(advisory: Mapping[str, Any], name: str, version: str) -> bool:
    """Whether an advisory is about this version of this package.

    After the evaluation algorithm of the OSV schema, https://ossf.github.io/osv-schema/.
    """
    if advisory.get("withdrawn"):
        return False
    for affected in advisory.get("affected", ()):
        package = affected.get("package", {})
        if package.get("ecosystem") != "PyPI" or canonicalize_name(package.get("name", "")) != name:
            continue
        if version in affected.get("versions", ()):
            return True
        ranges = (one for one in affected.get("ranges", ()) if one.get("type") in ("ECOSYSTEM", "SEMVER"))
        if any(_within(one["events"], version) for one in ranges):
            return True
    return False


def _within(events: Iterable[Mapping[str, str]], version: str) -> bool:
    def place(event: Mapping[str, str]) -> Version:
        text = next(iter(event.values()))
        try:
            return Version(text)
        except InvalidVersion:
            return Version("0")

    inside, mine = False, Version(version)
    for event in sorted(events, key=place):
        at = place(event)
        if "introduced" in event and mine >= at:
            inside = True
        elif ("fixed" in event and mine >= at) or ("last_affected" in event and mine > at):
            inside = False
    return inside


def found(advisories: Iterable[Mapping[str, Any]], versions: Mapping[str, str]) -> list[tuple[str, str, str, str]]:
    """(package, version, advisory, summary) of each that is affected."""
    hits = []
    for advisory in advisories:
        named = {canonicalize_name(one.get("package", {}).get("name", "")) for one in advisory.get("affected", ())}
        hit = [name for name in named & versions.keys() if affects(advisory, name, versions[name])]
        about = (str(advisory["id"]), str(advisory.get("summary", "")))
        hits += [(str(name), versions[name], *about) for name in hit]
    return sorted(hits)


def main() -> int:
    """Print what is affected; 1 when something is, 3 when there was nothing to compare with."""
    paths = [Path(argument) for argument in sys.argv[1:]]
    if not paths:
        print(NOTHING)
        return 3
    known = list(read(paths))
    hits = found(known, pinned())
    for name, version, identifier, summary in hits:
        print(f"{name} {version}: {identifier} {summary}")
    print(f"{len(known)} advisories, {len(pinned())} packages, {len(hits)} affected")
    return 1 if hits else 0


if __name__ == "__main__":
    sys.exit(main())
