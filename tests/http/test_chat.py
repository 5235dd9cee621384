"""The chat endpoint as callers meet it: the contract's fields, outcomes and streams."""

from __future__ import annotations

import json
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.fakes import MemoryStore


def ask(client: TestClient, message: str, **fields: Any) -> dict[str, Any]:
    response = client.post("/api/chat", json={"message": message, **fields})
    assert response.status_code == 200, response.text
    return dict(response.json())


def events(text: str) -> list[tuple[str, Any]]:
    found = []
    for block in text.strip().split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.split("\n") if not line.startswith(":"))
        if lines:
            found.append((lines["event"], json.loads(lines["data"])))
    return found


def test_answer_carries_every_field_of_the_contract(client: TestClient) -> None:
    answer = ask(client, "Quels sont les modes de paiement ?")
    assert answer["outcome"] == "answered"
    assert set(answer) >= {
        "conversation_id", "answer_id", "outcome", "answer", "sources", "suggestions", "contact",
        "ai_generated", "generator", "confidence", "index_version", "timings_ms",
    }  # fmt: skip
    source = answer["sources"][0]
    assert source["n"] == 1
    assert source["entry_id"] == "modes-de-paiement"
    assert source["question"] == "Quels sont les modes de paiement ?"
    assert source["url"] == (
        "https://ecole.example/faq?page=1#:~:text=Quels%20sont%20les%20modes%20de%20paiement%20%3F"
    )
    assert "[1]" in answer["answer"]
    assert "https://ecole.example/payer" in answer["answer"]
    assert answer["contact"]["email"] == "accueil@ecole.example"
    assert answer["generator"] == "verbatim"
    assert 0 <= answer["confidence"] <= 1
    assert {"retrieve", "generate", "total"} <= set(answer["timings_ms"])


def test_stream_tells_start_then_text_then_the_whole(client: TestClient) -> None:
    response = client.post(
        "/api/chat",
        json={"message": "Quels sont les modes de paiement ?"},
        headers={"Accept": "text/event-stream"},
    )
    assert response.headers["content-type"].startswith("text/event-stream")
    told = events(response.text)
    assert told[0][0] == "start"
    assert told[0][1]["sources"][0]["entry_id"] == "modes-de-paiement"
    name, whole = told[-1]
    assert name == "done"
    assert "".join(data["text"] for kind, data in told if kind == "delta") == whole["answer"]
    assert whole["answer_id"] == told[0][1]["answer_id"]


def test_a_question_the_faq_does_not_hold_is_refused_with_the_contact(client: TestClient) -> None:
    answer = ask(client, "Quelle est la recette de la choucroute ?")
    assert answer["outcome"] == "abstained"
    assert answer["sources"] == []
    assert "accueil@ecole.example" in answer["answer"]


def test_twins_answer_side_by_side_until_the_words_tell_which_is_meant(client: TestClient) -> None:
    both = ask(client, "Où trouver ma salle de cours ?")
    assert both["outcome"] == "answered"
    assert {source["section"] for source in both["sources"]} == {"Alternance", "Cours du soir"}
    assert len({source["url"] for source in both["sources"]}) == 2
    for source in both["sources"]:
        assert f"{source['question']} – {source['section']}" in both["answer"]
    one = ask(client, "Où trouver ma salle de cours en alternance ?")
    assert [source["section"] for source in one["sources"]] == ["Alternance"]


def test_what_was_said_before_tells_which_twin_is_meant(client: TestClient) -> None:
    first = ask(client, "Je suis en alternance, où payer ?")
    after = ask(client, "Où trouver ma salle de cours ?", conversation_id=first["conversation_id"])
    assert [source["section"] for source in after["sources"]] == ["Alternance"]


@pytest.mark.parametrize(
    ("message", "outcome"),
    [("Bonjour !", "smalltalk"), ("merci beaucoup", "smalltalk"), ("Je veux parler à un humain", "handoff")],
)
def test_small_talk_is_answered_without_a_search(client: TestClient, message: str, outcome: str) -> None:
    answer = ask(client, message)
    assert answer["outcome"] == outcome
    assert answer["sources"] == []


def test_a_greeting_before_a_question_does_not_hide_the_question(client: TestClient) -> None:
    assert ask(client, "Bonjour, quels sont les modes de paiement ?")["outcome"] == "answered"


def test_conversation_id_is_kept(client: TestClient) -> None:
    first = ask(client, "Bonjour")["conversation_id"]
    assert ask(client, "Bonjour", conversation_id=first)["conversation_id"] == first


def test_a_follow_up_is_understood_within_its_conversation_alone(client: TestClient) -> None:
    first = ask(client, "Quels sont les modes de paiement ?")
    within = ask(client, "et par chèque ?", conversation_id=first["conversation_id"])
    assert within["outcome"] == "answered"
    assert within["sources"][0]["entry_id"] == "modes-de-paiement"
    assert ask(client, "et par chèque ?", conversation_id="une-autre")["outcome"] != "answered"


def test_a_streamed_follow_up_is_understood_too(client: TestClient) -> None:
    stream = {"Accept": "text/event-stream"}
    first = events(
        client.post("/api/chat", json={"message": "Quels sont les modes de paiement ?"}, headers=stream).text
    )
    body = {"message": "et par chèque ?", "conversation_id": first[0][1]["conversation_id"]}
    told = events(client.post("/api/chat", json=body, headers=stream).text)
    assert told[0][1]["sources"][0]["entry_id"] == "modes-de-paiement"


def test_several_questions_are_answered_each_with_its_source(client: TestClient) -> None:
    answer = ask(client, "Quels sont les modes de paiement et combien de sessions d’examen y a-t-il par an ?")
    assert [source["n"] for source in answer["sources"]] == [1, 2]
    assert "[1]" in answer["answer"]
    assert "[2]" in answer["answer"]


def test_search_ranks_without_storing_anything(client: TestClient, store: MemoryStore) -> None:
    found = client.get("/api/search", params={"q": "payer en ligne, quels modes de paiement", "k": 3}).json()
    assert found["hits"][0]["entry_id"] == "modes-de-paiement"
    assert len(found["hits"]) == 3
    assert found["would"] in {"answer", "clarify", "abstain"}
    assert store.answers == {}


def test_a_vote_is_kept_for_a_known_answer_and_refused_for_another(client: TestClient, store: MemoryStore) -> None:
    answer_id = ask(client, "Quels sont les modes de paiement ?")["answer_id"]
    vote = {
        "answer_id": answer_id,
        "vote": "down",
        "comment": "Écrivez-moi à jean@example.org ou au 06 12 34 56 78",
    }
    assert client.post("/api/feedback", json=vote).json() == {"ok": True}
    assert store.votes[answer_id].comment == "Écrivez-moi à [e-mail] ou au [téléphone]"
    unknown = client.post("/api/feedback", json={"answer_id": "inconnue", "vote": "up"})
    assert unknown.status_code == 404
    assert unknown.json()["code"] == "answer_not_found"


def test_what_the_visitor_typed_is_recorded_without_personal_data(client: TestClient, store: MemoryStore) -> None:
    ask(client, "Je m’appelle Marie Curie (marie@radium.fr), quels sont les modes de paiement ?")
    assert [record.message for record in store.answers.values()] == [
        "Je m’appelle [nom] ([e-mail]), quels sont les modes de paiement ?"
    ]


def test_answers_go_on_while_the_store_is_away(client: TestClient, store: MemoryStore) -> None:
    store.away = True
    answer = ask(client, "Quels sont les modes de paiement ?")
    response = client.post("/api/feedback", json={"answer_id": answer["answer_id"], "vote": "up"})
    assert response.status_code == 503
    assert "Retry-After" in response.headers


def test_suggestions_mix_the_sections(client: TestClient) -> None:
    offered = client.get("/api/suggestions").json()["suggestions"]
    assert len({s["section"] for s in offered}) > 1


def test_an_entry_can_be_read_in_full(client: TestClient) -> None:
    entry = client.get("/api/entries/sans-baccalaureat").json()
    assert entry["answer"].startswith("Oui.")
    assert client.get("/api/entries/aucune").status_code == 404


def test_health_ready_metrics(client: TestClient) -> None:
    assert client.get("/api/health").json()["status"] == "ok"
    assert client.get("/api/ready").json()["index_version"]
    ask(client, "Bonjour")
    assert "guichet_answers_total" in client.get("/metrics").text


def test_openai_clients_get_the_same_answer(client: TestClient) -> None:
    body = {
        "model": "guichet",
        "messages": [{"role": "user", "content": "Quels sont les modes de paiement ?"}],
    }
    whole = client.post("/v1/chat/completions", json=body).json()
    assert "https://ecole.example/payer" in whole["choices"][0]["message"]["content"]
    assert whole["guichet"]["outcome"] == "answered"
    streamed = client.post("/v1/chat/completions", json={**body, "stream": True}).text
    assert streamed.rstrip().endswith("data: [DONE]")
    assert client.get("/v1/models").json()["data"][0]["id"] == "guichet"


def test_openai_clients_send_what_was_said_before_themselves(client: TestClient) -> None:
    turns = [
        {"role": "system", "content": "Réponds en vers."},
        {"role": "user", "content": "Quels sont les modes de paiement ?"},
        {"role": "assistant", "content": "Combien de sessions d’examen ?"},
        {"role": "user", "content": "et par chèque ?"},
    ]
    whole = client.post("/v1/chat/completions", json={"messages": turns}).json()
    assert whole["guichet"]["sources"][0]["entry_id"] == "modes-de-paiement"
    alone = client.post("/v1/chat/completions", json={"messages": turns[-1:]}).json()
    assert alone["guichet"]["outcome"] != "answered"
