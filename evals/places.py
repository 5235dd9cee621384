"""Where the evaluation's files stand unless a command is told otherwise."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

HERE = Path(__file__).parent
CASES, GATE, CRITICAL, RUNS = HERE / "cases", HERE / "gate.toml", HERE / "critical.toml", HERE / "runs"

RunsOption = Annotated[Path, typer.Option(envvar="GUICHET_EVAL_RUNS", help="Dossier des évaluations.")]
