"""Numbers as French writes them."""

from __future__ import annotations


def percent(share: float, digits: int = 1) -> str:
    """A share as French reads it: « 93,2 % »."""
    return f"{100 * share:.{digits}f}\u00a0%".replace(".", ",")


def decimal(value: float, digits: int = 2) -> str:
    """A number as French reads it: « 0,25 »."""
    return f"{value:.{digits}f}".replace(".", ",").replace("-", "−")


def points(share: float) -> str:
    """A difference of shares in points: « +1,2 », « −0,4 »."""
    return f"{100 * share:+.1f}".replace(".", ",").replace("-", "−")


def signed(value: float, digits: int = 3) -> str:
    """A difference: « +0,886 »."""
    return f"{value:+.{digits}f}".replace(".", ",").replace("-", "−")


def probability(p: float) -> str:
    """« p = 0,031 », « p < 0,001 »."""
    return "p < 0,001" if p < 0.001 else f"p = {decimal(p, 3)}"


def count(n: int, participle: str) -> str:
    """« aucune question perdue », « une question perdue », « 12 questions perdues »."""
    if n == 0:
        return f"aucune question {participle}"
    return f"une question {participle}" if n == 1 else f"{n} questions {participle}s"
