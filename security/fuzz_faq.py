"""Coverage-guided fuzzing of the FAQ reader with atheris: `python -m security.fuzz_faq --seconds 600`.

Any bytes are a FAQ: the reader either reads them or raises BadSource with a mend. Whatever else it raises ends the run
with 77, and the input is written to build/fuzz/. Corpus: the FAQ, one file a layout, and what earlier runs found.
"""

from __future__ import annotations

import argparse
import sys
from datetime import date
from pathlib import Path

import atheris

ROOT = Path(__file__).resolve().parents[1]
CORPUS = ROOT / "build" / "fuzz" / "corpus"
TODAY = date(2026, 11, 23)
SEEDS = (
    "### Une question ?\n\nUne réponse.\n\n- un\n- deux\n",
    "---\ntitle: Essai\nsource_url: https://a.example/\n---\n\n**Q ?**\n\nR\n",
    "Q : Où ?\nR : Là.\n\nQ : Quand ?\nR : Demain.\n",
    "<details><summary>Où ?</summary>\n\nLà.\n\n</details>\n",
    "## Rubrique\n\n### Q ?\n<!-- guichet: id=a; audience=soir; valid_until=2027-06-30\nvariantes:\n- v\n-->\n\nR\n",
    "### Q ?\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```\ncode\n```\n",
    '### Q ?\n\n![i](x.png) [l](https://a.example "t") <x@y.fr> &amp; \\* {#id}\n',
    ".. question:: Q ?\n    :level: 3\n\n    R\n",
)

with atheris.instrument_imports(include=["ingest", "app.core"], enable_loader_override=False):
    from app.core.errors import BadSource
    from ingest.gaps import parse_gaps_text
    from ingest.lint import lint
    from ingest.parse import parse_text


def one(data: bytes) -> None:
    """Read some bytes as a FAQ, check it, and read them as known gaps."""
    text = data.decode("utf-8", "replace")
    for read in (_faq, _gaps):
        try:
            read(text)
        except BadSource as error:
            if not error.mend or not str(error):
                raise AssertionError("an author is told nothing") from error


def _faq(text: str) -> None:
    faq = parse_text(text)
    for finding in lint(faq, today=TODAY):
        if not (finding.message and finding.mend and finding.line >= 1):
            raise AssertionError(finding)


def _gaps(text: str) -> None:
    parse_gaps_text(text, Path("hors_faq.md"))


def main() -> None:
    """Fuzz for a while, or a number of inputs."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--seconds", type=int, default=60)
    arguments.add_argument("--runs", type=int, default=-1)
    arguments.add_argument("--corpus", type=Path, default=CORPUS)
    given = arguments.parse_args()
    given.corpus.mkdir(parents=True, exist_ok=True)
    for at, seed in enumerate(SEEDS):
        (given.corpus / f"seed-{at}").write_text(seed, "utf-8")
    options = [
        *(sys.argv[0], str(given.corpus), f"-max_total_time={given.seconds}", f"-runs={given.runs}"),
        *("-max_len=4096", "-timeout=20", "-rss_limit_mb=2048", f"-artifact_prefix={given.corpus.parent}/"),
    ]
    atheris.Setup(options, one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
