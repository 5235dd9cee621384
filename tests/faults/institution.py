"""A small FAQ, published in a folder of its own, for the servers that these tests hurt."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

from tests.serving import guichet

QUESTION = "Quels sont les modes de paiement ?"
FAQ = """---
title: Essai
contact_email: accueil@ecole.example
---

## Inscription

### Quels sont les modes de paiement ?

Par chèque ou par carte bancaire, à l’accueil.

### Comment obtenir une attestation de scolarité ?

{answer}
"""


def write(folder: Path, answer: str) -> Path:
    """The FAQ with that answer to its second question."""
    path = folder / "faq.md"
    path.write_text(FAQ.format(answer=answer), "utf-8")
    return path


def published(folder: Path, answer: str = "Réponse numéro 0.") -> None:
    """Publish it with the real command; what a folder's first version is made of was published once, and is copied."""
    if (folder / "index").exists():
        _publish(folder, answer)
    else:
        write(folder, answer)
        shutil.copytree(_first(answer), folder / "index")


@cache
def _first(answer: str) -> Path:
    folder = Path(tempfile.mkdtemp(prefix="guichet-essai-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    _publish(folder, answer)
    return folder / "index"


def _publish(folder: Path, answer: str) -> None:
    done = guichet(folder, "ingest", GUICHET_FAQ=str(write(folder, answer)))
    assert done.returncode == 0, done.stderr
