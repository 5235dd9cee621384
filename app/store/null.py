"""A store that keeps nothing."""

from __future__ import annotations

from app.core.ports import AnswerRecord, Feedback


class NullStore:
    """A Store that keeps nothing: for the command line and the evaluation."""

    def record_answer(self, record: AnswerRecord) -> None:
        """Forget it."""

    def add_feedback(self, vote: Feedback) -> bool:  # noqa: ARG002 - the port's signature
        """Know no answer."""
        return False

    def purge(self, older_than_days: int) -> int:  # noqa: ARG002 - the port's signature
        """Nothing to delete."""
        return 0

    def erase_conversation(self, conversation_id: str) -> int:  # noqa: ARG002 - the port's signature
        """Nothing to erase."""
        return 0

    def close(self) -> None:
        """Nothing to close."""
