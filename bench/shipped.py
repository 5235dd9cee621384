"""An index of the FAQ as shipped, to begin a trial from: its vectors needn't be computed again."""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


@cache
def shipped_index() -> Path:
    """The index folder of the checkout where there is one, else one made once in a process. Not to be written to."""
    if (ROOT / "index" / "CURRENT").exists():
        return ROOT / "index"
    folder = Path(tempfile.mkdtemp(prefix="guichet-index-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    settings = {
        "GUICHET_FAQ": str(ROOT / "data" / "faq_fr.md"),
        "GUICHET_INDEX_DIR": str(folder / "index"),
        "GUICHET_DATABASE_URL": f"sqlite:///{folder / 'guichet.db'}",
    }
    command = [sys.executable, "-m", "app.cli", "ingest"]
    subprocess.run(command, cwd=ROOT, env={**os.environ, **settings}, check=True, capture_output=True, timeout=300)
    return folder / "index"
