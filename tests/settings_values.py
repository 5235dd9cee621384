"""The settings of a service that lives in one folder."""

from __future__ import annotations

from pathlib import Path

from app.settings import ROOT


def values(folder: Path) -> dict[str, object]:
    """Every path inside `folder`; no limits; the small decision of the tests."""
    return {
        "faq": folder / "faq" / "faq.md",
        "index_dir": folder / "index",
        "decision": ROOT / "tests" / "data" / "decision.json",
        "database_url": f"sqlite:///{folder / 'guichet.db'}",
        "cases": folder / "cases",
        "runs": folder / "runs",
        "rate_limit_per_minute": 0,
        "index_poll_s": 0.05,
    }
