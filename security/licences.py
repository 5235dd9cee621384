"""The licences of what Guichet installs: `python -m security.licences --write` lists them in THIRD_PARTY.md.

pip-licenses reads them from the packages' own metadata; `security/licences.toml` says which are free and which words
of older metadata mean which SPDX identifier. A licence it doesn't know is a failure (exit code 1), not a warning.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

from packaging.utils import canonicalize_name

from security.dependencies import needed

ROOT = Path(__file__).resolve().parents[1]
LISTED = ROOT / "THIRD_PARTY.md"
RULES = Path(__file__).with_name("licences.toml")
EXTRAS = ("llm", "models", "otel")
"""What an operator may install besides; the others are for those who develop Guichet."""

_HEAD = """# Third-party software

What an installation of Guichet brings, with the licence that each package declares. Made by
`python -m security.licences --write`; `make security` and a test refuse an unknown or non-free licence. Code and data
that Guichet itself carries are in [NOTICE](NOTICE).
"""


@dataclass(frozen=True, slots=True)
class Rules:
    """Free licences, names that older metadata has for them, and packages whose metadata say nothing usable."""

    free: frozenset[str]
    aliases: dict[str, str]
    packages: dict[str, str]


def read_rules() -> Rules:
    """The rules of licences.toml."""
    value = tomllib.loads(RULES.read_text("utf-8"))
    return Rules(frozenset(value["free"]), value["aliases"], value["packages"])


def declared() -> dict[str, tuple[str, ...]]:
    """What each installed package says of its licence: expression, free text, classifiers; by canonical name."""
    command = [sys.executable, "-m", "piplicenses", "--from=all", "--format=json", "--with-system"]
    rows = json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)
    columns = ("License-Expression", "License-Metadata", "License-Classifier")
    return {canonicalize_name(row["Name"]): tuple(row[name] for name in columns) for row in rows}


def licence_of(package: str, said: tuple[str, ...], rules: Rules) -> str | None:
    """The SPDX expression of a package's licence, or None when it can't be told."""
    if package in rules.packages:
        return rules.packages[package]
    for text in said:
        if text == "UNKNOWN":
            continue
        if text in rules.aliases:
            return rules.aliases[text]
        if is_known(text, rules):
            return text
        first = text.strip().split("\n")[0].strip()
        if first in rules.aliases:
            return rules.aliases[first]
    return None


def is_known(expression: str, rules: Rules) -> bool:
    """Whether every licence that an SPDX expression names is among the free ones."""
    names = re.split(r"\s+(?:AND|OR|WITH)\s+|[()]", expression)
    return all(name.strip() in rules.free for name in names if name.strip())


def gather() -> tuple[dict[str, tuple[str, str, str]], list[str]]:
    """(version, licence, extra) of each package, and what is wrong, a sentence each."""
    rules, said = read_rules(), declared()
    rows: dict[str, tuple[str, str, str]] = {}
    faults = []
    for extra in ("", *EXTRAS):
        try:
            found = needed([extra] if extra else [])
        except LookupError as error:
            faults.append(f"{error} is not installed: install '.[dev]' first")
            continue
        for name, version in found.items():
            licence = licence_of(name, said.get(name, ()), rules)
            if licence is None:
                faults.append(f"{name}: unknown licence {said.get(name, ('none',))}; see security/licences.toml")
            elif not is_known(licence, rules):
                faults.append(f"{name}: {licence} is not among the free licences of security/licences.toml")
            rows.setdefault(name, (version.partition("+")[0], licence or "?", extra))
    return rows, faults


def written(rows: dict[str, tuple[str, str, str]]) -> str:
    """THIRD_PARTY.md."""
    parts = [_HEAD]
    for extra in ("", *EXTRAS):
        title = f"With the extra `{extra}`" if extra else "Always"
        parts.append(f"\n## {title}\n\n| package | version | licence |\n| --- | --- | --- |\n")
        parts += [f"| {name} | {v} | {licence} |\n" for name, (v, licence, of) in sorted(rows.items()) if of == extra]
    return "".join(parts)


def main() -> int:
    """Write the list, or say what of it is wrong."""
    rows, faults = gather()
    for fault in faults:
        print(fault)
    if "--write" in sys.argv:
        LISTED.write_text(written(rows), "utf-8")
    print(f"{len(rows)} packages, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
