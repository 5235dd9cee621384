"""What a preview takes from the desk."""

from __future__ import annotations

from app.staff.desk import Desk
from app.staff.effect import Sources


def sources_of(desk: Desk) -> Sources:
    """The parts that a preview of a draft's effect works with."""
    services = desk.services
    return Sources(
        assistant=services.assistant,
        live=services.live,
        workshop=desk.workshop,
        evaluator=desk.evaluator,
        drafts=desk.drafts,
        inbox=desk.inbox,
        questions=desk.settings.effect_questions,
    )
