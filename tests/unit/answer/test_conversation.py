"""Follow-ups are read with what came before; complete questions never are."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from app.answer.assistant import Question
from app.answer.conversation import LOOK_BACK, REMEMBERED, Conversations, resolve, standing
from app.answer.find import Found, finder
from app.core.types import Answer, Decision, Gap
from app.wiring import Services

PAY = "Quels sont les modes de paiement ?"


def test_a_chain_of_follow_ups_leads_back_to_its_topic() -> None:
    history = ["Où est le parking ?", PAY, "Bonjour !", "et par chèque ?"]
    assert standing(history) == (PAY, "et par chèque ?")
    assert standing([PAY, *["et par chèque ?"] * 5]) == ("et par chèque ?",) * LOOK_BACK


def test_small_talk_is_nothing_to_lean_on() -> None:
    assert standing(["Bonjour", "Merci beaucoup", " "]) == ()
    assert standing([]) == ()
    assert standing([PAY, "Merci beaucoup"]) == (PAY,)


def _resolve(services: Services, message: str, *history: str) -> Found:
    return resolve(message, history, finder(services.live.retriever()))


def test_a_follow_up_is_answered_with_the_words_before_it(services: Services) -> None:
    alone, after = _resolve(services, "et par chèque ?"), _resolve(services, "et par chèque ?", PAY)
    assert not alone.answers
    assert after.answers
    assert after.entry_id == "modes-de-paiement"
    assert after.text == f"{PAY} et par chèque ?"


@pytest.mark.parametrize(
    "message",
    [
        "et le parking ?",  # no word of it in the FAQ
        "Combien de sessions d’examen y a-t-il par an ?",  # complete
        "Quelle est la recette du cassoulet ?",
    ],
)
def test_a_new_topic_is_never_dragged_back(services: Services, message: str) -> None:
    found = _resolve(services, message, PAY)
    assert found.text == message or found.decision.verdict == "abstain"


@pytest.mark.parametrize(
    ("message", "alone"), [("Combien coûte une carte d’étudiant perdue ?", True), ("et si elle est perdue ?", False)]
)
def test_a_known_gap_is_not_read_with_what_came_before_unless_it_leans_on_it(
    services: Services, message: str, alone: bool
) -> None:
    find, searched = finder(services.live.retriever()), []

    def with_a_gap(text: str) -> Found:
        searched.append(text)
        about = Decision("abstain", 0.01, gap=Gap("Carte perdue", ("carte perdue",)))
        return replace(find(text), decision=about) if text == message else find(text)

    found = resolve(message, (PAY,), with_a_gap)
    assert (searched == [message]) == alone
    assert found.decision.verdict != "answer"


def _answer(services: Services, message: str, *history: str) -> Answer:
    return asyncio.run(services.assistant.answer(Question(message, history=history)))


def test_the_trace_shows_what_was_searched_when_the_history_was_used(services: Services) -> None:
    (used,) = (s for s in _answer(services, "et par chèque ?", PAY).trace.steps if s.name == "search")
    assert used.detail["resolved"] == f"{PAY} et par chèque ?"
    (unused,) = (s for s in _answer(services, PAY, "et par chèque ?").trace.steps if s.name == "search")
    assert "resolved" not in unused.detail


def test_the_last_messages_are_kept_in_order() -> None:
    said = Conversations(10, 60)
    for n in range(REMEMBERED + 2):
        said.remember("a", f"question numéro {n} ?")
    said.remember("a", "  ")
    assert said.history("a") == tuple(f"question numéro {n} ?" for n in range(2, REMEMBERED + 2))
    assert said.history("b") == ()


def test_the_longest_silent_conversation_makes_room() -> None:
    said = Conversations(2, 60)
    for conversation_id in ("a", "b", "a", "c"):
        said.remember(conversation_id, PAY)
    assert len(said) == 2
    assert said.history("b") == ()
    assert said.history("a") == (PAY, PAY)


def test_an_idle_conversation_is_forgotten() -> None:
    now = [0.0]
    said = Conversations(10, 60, lambda: now[0])
    said.remember("a", PAY)
    now[0] = 30.0
    said.remember("b", PAY)
    now[0] = 61.0
    assert said.history("a") == ()
    assert said.history("b") == (PAY,)
    assert len(said) == 1


def test_none_are_kept_when_none_are_wanted() -> None:
    said = Conversations(0, 60)
    said.remember("a", PAY)
    assert said.history("a") == ()


def test_threads_may_share_the_memory() -> None:
    said = Conversations(5, 60)

    def talk(n: int) -> None:
        said.remember(str(n % 9), PAY)
        said.history(str(n % 7))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(talk, range(800)))
    assert len(said) == 5
    assert all(len(said.history(str(n))) <= REMEMBERED for n in range(9))
