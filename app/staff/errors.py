"""What staff can ask in vain."""

from __future__ import annotations

from app.core.errors import GuichetError


class TrialRefused(GuichetError):
    """A question can't be asked like that."""
