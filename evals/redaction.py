"""How well personal data is taken out: `python -m evals.redaction`.

evals/redaction.tsv holds messages made by hand, one a line: what is to go stands between ⟦ and ⟧ with its kind
before a bar (⟦email|x@y.fr⟧). Recall is the share of these of which nothing is left; a false redaction is a
message in which something else went.

`python -m evals.redaction evals/redaction_dev.tsv` is a second set, to mend by; `evals/redaction_test.tsv --figures`
its other half, to report with, without showing a message.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from app.core.redact import redact

PATH = Path(__file__).with_name("redaction.tsv")
NUMBERED = ("email", "phone", "number")
_MARKED = re.compile(r"⟦(\w+)\|([^⟧]*)⟧")
_LABEL = re.compile(r"\[[^\]]*\]")
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Marked:
    """A message, and what of it is personal: (kind, text)."""

    text: str
    personal: tuple[tuple[str, str], ...]
    rest: tuple[str, ...]
    """Words that must stay."""


def read(path: Path = PATH) -> list[Marked]:
    """The messages of a file."""
    found = []
    for line in path.read_text("utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            personal = tuple((kind, text) for kind, text in _MARKED.findall(line))
            rest = tuple(_WORD.findall(_MARKED.sub(" ", line)))
            found.append(Marked(_MARKED.sub(r"\2", line), personal, rest))
    return found


def missed(message: Marked) -> list[tuple[str, str]]:
    """What was to go and is still there, in whole or in part."""
    left = Counter(_WORD.findall(_LABEL.sub(" ", redact(message.text))))
    left -= Counter(message.rest)
    return [(kind, text) for kind, text in message.personal if any(left[word] for word in _WORD.findall(text))]


def wrongly_gone(message: Marked) -> list[str]:
    """Words that were to stay and are gone."""
    left = Counter(_WORD.findall(_LABEL.sub(" ", redact(message.text))))
    return sorted((Counter(message.rest) - left).elements())


def report(messages: Sequence[Marked]) -> dict[str, float]:
    """Recall by kind, over e-mail, phone and numbers together, and the share of messages with a false redaction."""
    wanted: Counter[str] = Counter(kind for message in messages for kind, _ in message.personal)
    lost: Counter[str] = Counter(kind for message in messages for kind, _ in missed(message))
    figures = {f"recall_{kind}": 1 - lost[kind] / n for kind, n in sorted(wanted.items())}
    total = sum(wanted[kind] for kind in NUMBERED)
    figures["recall"] = 1 - sum(lost[kind] for kind in NUMBERED) / max(1, total)
    figures["false"] = sum(bool(wrongly_gone(message)) for message in messages) / max(1, len(messages))
    return figures


def main() -> None:
    """Print the figures, and what went wrong."""
    given = [argument for argument in sys.argv[1:] if argument != "--figures"]
    messages = read(Path(given[0]) if given else PATH)
    for message in messages if "--figures" not in sys.argv else ():
        for kind, text in missed(message):
            print(f"manqué ({kind}) : {text}  —  {redact(message.text)}")  # noqa: T201
        if gone := wrongly_gone(message):
            print(f"de trop : {' '.join(gone)}  —  {redact(message.text)}")  # noqa: T201
    print(f"{len(messages)} messages")  # noqa: T201
    for name, value in report(messages).items():
        print(f"{name} {value:.3f}")  # noqa: T201


if __name__ == "__main__":
    main()
