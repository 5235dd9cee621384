"""The console as its users go through it, over HTTP: from a question without an answer to the fix and back."""

from __future__ import annotations

import hashlib
import json
import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from app.core.workshop import SourceChanged
from app.staff import publishing
from app.store.inbox import Filters
from tests.http.staff import FAQ, Institution, institution_in

QUESTION = "virement bancaire SEPA accepté ?"
PAYMENT = "quels-sont-les-modes-de-paiement"


@pytest.fixture
def institution(tmp_path: Path) -> Institution:
    return institution_in(tmp_path)


@pytest.fixture
def client(institution: Institution) -> Iterator[TestClient]:
    with TestClient(institution.app, raise_server_exceptions=False) as client:
        yield institution.signed_in("editeur", client)


def newest(institution: Institution, **filters: object) -> int:
    return institution.desk.inbox.page(Filters(**filters)).rows[0].id  # type: ignore[arg-type]


def eventually(client: TestClient, path: str, words: str, limit_s: float = 20.0) -> str:
    end = time.monotonic() + limit_s
    while True:
        text = client.get(path).text
        if words in text or time.monotonic() > end:
            assert words in text
            return text
        time.sleep(0.1)


def test_from_an_unanswered_question_to_the_fix_and_back(institution: Institution, client: TestClient) -> None:
    assert institution.ask(client, QUESTION)["outcome"] != "answered"
    assert QUESTION in client.get("/console/questions?a_traiter=1").text
    number = newest(institution, todo=True)
    assert "La FAQ y répond déjà" in client.get(f"/console/questions/{number}").text
    done = institution.post(client, "/console/questions/action", action="variante", ids=number, entree=PAYMENT)
    draft = done.headers["location"].split("?")[0]  # type: ignore[attr-defined]
    assert QUESTION in client.get(draft).text
    assert institution.faq.read_text("utf-8") == FAQ  # nothing yet
    effect = eventually(client, f"{draft}/effet", "Aucune question ne serait moins bien servie")
    assert "1&nbsp;trouve maintenant une réponse" in effect.replace("\u00a0", "&nbsp;")
    done = institution.post(client, f"{draft}/publier", revision=1, note="Le virement")
    assert done.headers["location"].startswith("/console/versions")  # type: ignore[attr-defined]
    assert f"- {QUESTION}\n" in institution.faq.read_text("utf-8")
    answer = institution.ask(client, QUESTION)
    assert answer["outcome"] == "answered"
    assert [source["entry_id"] for source in answer["sources"]] == [PAYMENT]  # type: ignore[attr-defined, index]
    assert institution.desk.inbox.get(number).handled == "variant"  # type: ignore[union-attr]
    versions = institution.desk.drafts.publications()
    assert [(p.kind, p.note) for p in versions] == [
        ("publication", "Le virement"),
        ("outside", "Publication faite en dehors de la console"),
    ]
    assert "Le virement" in client.get("/console/versions").text
    institution.post(client, f"/console/versions/{versions[1].id}/retablir")
    assert institution.faq.read_text("utf-8") == FAQ
    assert institution.ask(client, QUESTION)["outcome"] != "answered"
    events = [(event.action, event.actor) for event in institution.desk.audit.page()]
    assert ("publish", "Editeur") in events
    assert ("rollback", "Editeur") in events


def test_a_preview_can_be_stopped_and_asks_nothing_twice(
    institution: Institution, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(30):
        institution.ask(client, f"{QUESTION} {n}")
    desk = institution.desk
    token = {"X-CSRF-Token": institution.csrf(client)}
    body = {"changes": [{"kind": "variant", "entry": PAYMENT, "text": "virement"}]}
    draft = client.post("/api/staff/drafts", json=body, headers=token).json()
    path = f"/console/brouillons/{draft['id']}"
    begun, going_on = threading.Event(), threading.Event()
    judge = type(desk.evaluator).judge

    def slow(*given: object) -> object:
        begun.set()
        assert going_on.wait(20)
        return judge(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(type(desk.evaluator), "judge", slow)
    client.get(path)  # begins by itself
    assert begun.wait(30)
    assert "sur" in client.get(f"{path}/effet").text
    institution.post(client, f"{path}/effet/arreter")
    going_on.set()
    assert "Le calcul a été arrêté" in eventually(client, path, "Le calcul a été arrêté")
    end = time.monotonic() + 20
    while not desk.effects.progress(desk.drafts.get(draft["id"])).finished and time.monotonic() < end:  # type: ignore
        time.sleep(0.02)
    assert desk.drafts.get(draft["id"]).effect == {}  # type: ignore[union-attr]
    assert "Le calcul a été arrêté" in client.get(path).text  # not begun again by itself
    monkeypatch.setattr(type(desk.evaluator), "judge", judge)
    institution.post(client, f"{path}/effet")
    eventually(client, f"{path}/effet", "Les 30 dernières, reposées")
    stopped = client.delete(f"/api/staff/drafts/{draft['id']}/effect", headers=token).json()
    assert stopped == {"stopped": False}


def test_an_edit_made_outside_is_a_conflict_and_never_overwritten(institution: Institution, client: TestClient) -> None:
    variant = {"kind": "variant", "entry": PAYMENT, "text": "virement"}
    token = {"X-CSRF-Token": institution.csrf(client)}
    draft = client.post("/api/staff/drafts", json={"changes": [variant]}, headers=token).json()
    edited = FAQ.replace("Deux sessions", "Trois sessions")
    institution.faq.write_text(edited, "utf-8")
    path = f"/console/brouillons/{draft['id']}"
    text = client.get(path).text
    assert "La FAQ a été modifiée ailleurs" in text
    assert "Trois sessions" in text
    refused = client.post(f"/api/staff/drafts/{draft['id']}/publish", json={"note": ""}, headers=token)
    assert (refused.status_code, refused.json()["code"]) == (409, "source_changed")
    assert institution.faq.read_text("utf-8") == edited
    institution.post(client, f"{path}/reprendre")
    done = institution.post(client, f"{path}/publier", revision=2, note="")
    assert done.status_code == 303  # type: ignore[attr-defined]
    published = institution.faq.read_text("utf-8")
    assert "Trois sessions" in published
    assert "- virement" in published


def test_two_editors_of_one_entry(institution: Institution, client: TestClient) -> None:
    other = institution.signed_in("administrateur")
    edit = {"kind": "edit", "entry": PAYMENT, "question": "Quels sont les modes de paiement ?", "answer": "Par chèque."}
    was = institution.desk.workshop.check(institution.desk.workshop.read()).entry(PAYMENT).entry.content_hash  # type: ignore[union-attr]
    drafts = []
    for who, answer in ((client, "Par chèque."), (other, "Par carte.")):
        body = {"changes": [{**edit, "answer": answer, "was": was}]}
        drafts.append(who.post("/api/staff/drafts", json=body, headers={"X-CSRF-Token": institution.csrf(who)}).json())
    assert drafts[0]["id"] != drafts[1]["id"]
    institution.post(client, f"/console/brouillons/{drafts[0]['id']}/publier", revision=1)
    assert institution.post(other, f"/console/brouillons/{drafts[1]['id']}/publier", revision=1).status_code == 422  # type: ignore[attr-defined]
    view = other.get(f"/api/staff/drafts/{drafts[1]['id']}").json()
    assert view["conflict"]["refused"][0][0] == 0
    assert "Par chèque." in institution.faq.read_text("utf-8")


def test_a_draft_changed_in_another_window_is_looked_at_again(institution: Institution, client: TestClient) -> None:
    token = {"X-CSRF-Token": institution.csrf(client)}
    for text in ("virement", "espèces"):
        body = {"changes": [{"kind": "variant", "entry": PAYMENT, "text": text}]}
        draft = client.post("/api/staff/drafts", json=body, headers=token).json()
    done = institution.post(client, f"/console/brouillons/{draft['id']}/publier", revision=1)
    assert done.status_code == 422  # type: ignore[attr-defined]
    assert "a changé depuis" in done.text  # type: ignore[attr-defined]
    assert institution.faq.read_text("utf-8") == FAQ


def test_what_a_visitor_types_is_text_on_every_screen(institution: Institution, client: TestClient) -> None:
    hostile = "<img src=x onerror=alert(1)> \"'><script>alert(2)</script> {{7*7}} [x](javascript:alert(3)) parking ?"
    made = institution.ask(client, hostile)
    institution.ask(client, "<svg/onload=alert(4)> parking")
    vote = {"answer_id": made["answer_id"], "vote": "down", "reason": "<b>r", "comment": "<script>alert(5)</script>"}
    assert client.post("/api/feedback", json=vote).status_code == 200
    number = newest(institution, vote="down")
    institution.post(client, "/console/questions/action", action="hors-faq", ids=number, sujet="<i>Parking</i>")
    draft = institution.desk.drafts.open()[0].id
    admin = institution.signed_in("administrateur")
    for path in (
        "/console",
        "/console/questions",
        "/console/questions?mots=<script>&entree=%22><script>",
        "/console/questions?vue=themes",
        f"/console/questions/{number}",
        f"/console/brouillons/{draft}",
        f"/console/brouillons/{draft}/effet",
        "/console/faq/nouvelle?question=<script>alert(6)</script>",
        "/console/faq?mots=<script>",
        "/console/tester?q=<script>alert(7)</script>&formulation=<script>",
        "/console/reglages/journal",
        "/console/evaluations/comparer?a=<script>",
    ):
        page = admin.get(path)
        assert page.status_code in (200, 422), path
        for bad in ("<script>alert", "<img src=x", "<svg/onload", "<i>Parking", "<b>r", 'href="javascript:', "49 "):
            assert bad not in page.text, (path, bad)
        policy = page.headers["content-security-policy"]
        assert "script-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy


def test_an_export_is_a_spreadsheet_without_formulas(institution: Institution, client: TestClient) -> None:
    institution.ask(client, "=HYPERLINK(1) parking")
    csv = client.get("/console/questions/export.csv").content.decode("utf-8-sig")
    assert "'=HYPERLINK" in csv
    lines = client.get("/console/questions/export.jsonl?a_traiter=1").text.splitlines()
    assert json.loads(lines[0])["message"] == "=HYPERLINK(1) parking"


def test_a_question_becomes_a_case_once(institution: Institution, client: TestClient) -> None:
    first = institution.post(client, "/console/tester/cas", q="payer par carte de crédit", entree=PAYMENT)
    assert first.status_code == 303  # type: ignore[attr-defined]
    again = institution.post(client, "/console/tester/cas", q="Payer par carte de crédit ?", entree=PAYMENT)
    assert again.status_code == 422  # type: ignore[attr-defined]
    institution.post(client, "/console/tester/cas", q="une piscine ?", genre="far")
    rows = [
        json.loads(line) for line in (institution.folder / "cases" / "console.jsonl").read_text("utf-8").splitlines()
    ]
    assert [(row["kind"], row["entries"], row["split"]) for row in rows] == [
        ("paraphrase", [PAYMENT], "dev"),
        ("far", [], "dev"),
    ]


def test_what_if_shows_both_answers_and_keeps_nothing(institution: Institution, client: TestClient) -> None:
    institution.ask(client, "bonjour")
    token = {"X-CSRF-Token": institution.csrf(client)}
    body = {"question": QUESTION, "entry": PAYMENT, "variant": QUESTION}
    found = client.post("/api/staff/test", json=body, headers=token).json()
    assert found["now"]["answer"]["outcome"] != "answered"
    assert found["what_if"]["answer"]["outcome"] == "answered"
    hit = found["now"]["hits"][0]
    assert {"score", "dense", "lexical", "passage", "kind", "dense_rank", "lexical_rank"} <= set(hit)
    assert found["now"]["decision"]["needed"] > found["now"]["decision"]["confidence"]
    body = {"question": "comment payer", "k": 1}
    assert len(client.post("/api/staff/test", json=body, headers=token).json()["what_if"]["hits"]) == 1
    link = (
        f"/console/tester?q=comment+payer&k=1&cout_wrong_answer=0,5&poids_lexical=1&entree={PAYMENT}&formulation=payer"
    )
    page = client.get(link).text
    assert "Avec le changement" in page
    assert client.get("/console/tester?q=x&poids_lexical=-1").status_code == 200
    institution.app.state.services.store.flush()
    assert institution.desk.inbox.page(Filters()).total == 1
    assert institution.faq.read_text("utf-8") == FAQ


def test_a_text_is_tried_beside_the_one_visitors_get(institution: Institution, client: TestClient) -> None:
    token = {"X-CSRF-Token": institution.csrf(client)}
    asked = "Combien de sessions d’examen par an ?"
    exams = "combien-de-sessions-d-examen-y-a-t-il-par-an"
    tried = "Trois sessions : **mai**, juin et septembre."
    body = {"question": asked, "entry": exams, "entry_answer": tried}
    found = client.post("/api/staff/test", json=body, headers=token).json()
    assert "Deux sessions" in found["now"]["answer"]["text"]
    assert "Trois sessions" in found["what_if"]["answer"]["text"]
    body = {"question": "où déjeuner le midi ?", "entry_question": "Où déjeuner ?", "entry_answer": "Au restaurant."}
    found = client.post("/api/staff/test", json=body, headers=token).json()
    assert found["now"]["answer"]["outcome"] != "answered"
    assert found["what_if"]["answer"]["text"].startswith("Au restaurant")
    half = client.post("/api/staff/test", json={"question": "x", "entry_question": "Où ?"}, headers=token)
    assert (half.status_code, "une réponse" in half.json()["detail"]) == (422, True)
    unknown = {"question": "x", "entry": "inconnue", "entry_answer": "y"}
    assert client.post("/api/staff/test", json=unknown, headers=token).status_code == 422
    assert institution.faq.read_text("utf-8") == FAQ
    assert institution.desk.drafts.open() == []


def test_a_tried_text_is_a_link_unless_it_is_too_long_and_can_go_into_the_draft(
    institution: Institution, client: TestClient
) -> None:
    exams = "combien-de-sessions-d-examen-y-a-t-il-par-an"
    started = institution.post(client, "/console/tester", q="examens ?", entree=exams, partir="1")
    assert ">Deux sessions par année universitaire.</textarea>" in started.text  # type: ignore[attr-defined]
    given = {"entree": exams, "question": "Combien de sessions d’examen y a-t-il par an ?", "answer": "Trois sessions."}
    done = institution.post(client, "/console/tester", q="combien de sessions d’examen ?", **given)
    link = done.headers["location"]  # type: ignore[attr-defined]
    assert "csrf" not in link
    assert "question=" not in link  # as it is written already
    page = client.get(link).text
    assert page.index("Deux sessions par année universitaire.") < page.rindex("Trois sessions.")
    long = institution.post(
        client, "/console/tester", q="combien de sessions d’examen ?", **{**given, "answer": "Trois sessions. " * 999}
    )
    assert "cet essai ne se partage pas" in long.text  # type: ignore[attr-defined]
    editor = institution.post(client, "/console/tester", entry=exams, answer="Quatre sessions.", variants="x", was="y")
    assert "Quatre+sessions." in editor.headers["location"]  # type: ignore[attr-defined]
    kept = institution.post(client, "/console/tester/brouillon", **given)
    draft = kept.headers["location"].split("?")[0]  # type: ignore[attr-defined]
    assert "Trois sessions." in client.get(draft).text
    assert institution.faq.read_text("utf-8") == FAQ


def test_the_editor_previews_and_adds_a_new_entry(institution: Institution, client: TestClient) -> None:
    given = {"question": "Où déjeuner", "answer": "Au **restaurant**.\n\n- midi\n- soir", "section": "Études"}
    preview = institution.post(client, "/console/faq/apercu", **given)
    assert "<strong>restaurant</strong>" in preview.text  # type: ignore[attr-defined]
    done = institution.post(client, "/console/faq/nouvelle", **given, variants="manger\ncantine midi")
    draft = done.headers["location"].split("?")[0]  # type: ignore[attr-defined]
    institution.post(client, f"{draft}/publier", revision=1, note="Déjeuner")
    text = institution.faq.read_text("utf-8")
    assert "### Où déjeuner\u00a0?" in text
    assert "- cantine midi" in text
    assert institution.ask(client, "où déjeuner ?")["outcome"] == "answered"


def test_sources_with_errors_are_not_published(institution: Institution, client: TestClient) -> None:
    was = hashlib.sha256(FAQ.encode()).hexdigest()
    broken = FAQ.replace("<!-- guichet:", "<!-- guichet: valid_until=un jour")
    done = institution.post(client, "/console/faq/texte", fichier="faq.md", was=was, contents=broken)
    draft = done.headers["location"].split("?")[0]  # type: ignore[attr-defined]
    assert "À corriger avant de publier" in client.get(draft).text
    assert institution.post(client, f"{draft}/publier", revision=1).status_code == 422  # type: ignore[attr-defined]
    assert institution.faq.read_text("utf-8") == FAQ
    assert institution.desk.drafts.publications()[0].state == "failed"


def test_a_failing_build_puts_the_sources_back(
    institution: Institution, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = {"X-CSRF-Token": institution.csrf(client)}
    body = {"changes": [{"kind": "variant", "entry": PAYMENT, "text": "virement"}]}
    draft = client.post("/api/staff/drafts", json=body, headers=token).json()
    live = institution.app.state.services.live.retriever().index.version

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("ingest.build.publishing.publish", full)
    assert client.post(f"/api/staff/drafts/{draft['id']}/publish", json={}, headers=token).status_code == 503
    assert institution.faq.read_text("utf-8") == FAQ
    assert institution.app.state.services.live.retriever().index.version == live
    assert institution.desk.drafts.get(draft["id"]).state == "open"  # type: ignore[union-attr]


def test_an_interrupted_publication_is_settled_at_the_next_start(institution: Institution, client: TestClient) -> None:
    desk = institution.desk
    before = dict(desk.workshop.read())
    after = {**before, "faq.md": FAQ.replace("Deux sessions", "Trois sessions")}
    desk.drafts.begin_publication("Claire", "coupée", "publication", before, after)
    institution.faq.write_text(after["faq.md"], "utf-8")  # killed before the index was named
    assert len(publishing.recover(desk)) == 1
    assert institution.faq.read_text("utf-8") == FAQ
    assert desk.drafts.publications()[0].state == "interrupted"
    assert publishing.recover(desk) == []


def test_an_interrupted_publication_leaves_an_outside_edit_alone(institution: Institution, client: TestClient) -> None:
    desk = institution.desk
    before = dict(desk.workshop.read())
    after = {**before, "faq.md": FAQ.replace("Deux sessions", "Trois sessions")}
    desk.drafts.begin_publication("Claire", "coupée", "publication", before, after)
    edited = FAQ.replace("Deux sessions", "Quatre sessions")
    institution.faq.write_text(edited, "utf-8")
    publishing.recover(desk)
    assert institution.faq.read_text("utf-8") == edited


def test_going_back_over_an_outside_edit_is_refused(institution: Institution, client: TestClient) -> None:
    token = {"X-CSRF-Token": institution.csrf(client)}
    body = {"changes": [{"kind": "variant", "entry": PAYMENT, "text": "virement"}]}
    draft = client.post("/api/staff/drafts", json=body, headers=token).json()
    client.post(f"/api/staff/drafts/{draft['id']}/publish", json={}, headers=token)
    first = institution.desk.drafts.publications()[-1]
    institution.faq.write_text(institution.faq.read_text("utf-8") + "\n", "utf-8")
    user = institution.desk.accounts.users()[0]
    with pytest.raises(SourceChanged):
        publishing.rollback(institution.desk, first.id, user)
    assert "modifiée en dehors de la console" in client.get("/console/versions").text
    institution.post(client, "/console/versions/etat-actuel")
    assert "modifiée en dehors de la console" not in client.get("/console/versions").text


def test_a_publication_is_committed_where_the_setting_says_so(tmp_path: Path) -> None:
    import subprocess

    made = institution_in(tmp_path, publish_git=True)
    git = ["git", "-C", str(tmp_path / "faq")]
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "add", "."], check=True)
    subprocess.run([*git, "-c", "user.name=x", "-c", "user.email=x@y", "commit", "-qm", "début"], check=True)
    with TestClient(made.app, raise_server_exceptions=False) as client:
        made.signed_in("editeur", client)
        token = {"X-CSRF-Token": made.csrf(client)}
        body = {"changes": [{"kind": "variant", "entry": PAYMENT, "text": "virement"}]}
        draft = client.post("/api/staff/drafts", json=body, headers=token).json()
        client.post(f"/api/staff/drafts/{draft['id']}/publish", json={"note": "Le virement"}, headers=token)
    log = subprocess.run([*git, "log", "-1", "--format=%an|%s"], check=True, capture_output=True, text=True).stdout
    assert log.strip() == "Editeur|Le virement"


def test_a_visitors_conversation_is_erased_everywhere(institution: Institution, client: TestClient) -> None:
    conversation = institution.ask(client, "parking ?")["conversation_id"]
    assert institution.app.state.services.conversations.history(conversation) != ()
    token = {"X-CSRF-Token": institution.csrf(client)}
    gone = client.delete(f"/api/staff/conversations/{str(conversation).partition('.')[0]}", headers=token)
    assert gone.json() == {"erased": 1}
    assert institution.app.state.services.conversations.history(conversation) == ()


def test_a_visitor_erases_their_own_conversation_and_no_other(institution: Institution, client: TestClient) -> None:
    mine = institution.ask(client, "parking ?")
    other = institution.ask(client, "une cantine ?")
    name, conversations = str(mine["conversation_id"]), institution.app.state.services.conversations
    vote = {"answer_id": mine["answer_id"], "vote": "down", "comment": "raté"}
    assert client.post("/api/feedback", json=vote).status_code == 200
    unsigned = name.partition(".")[0]
    for wrong in (unsigned, f"{unsigned}.faux", "x"):
        refused = client.delete(f"/api/conversations/{wrong}")
        assert (refused.status_code, refused.json()["code"]) == (404, "conversation_not_found")
    assert client.delete(f"/api/conversations/{name}").json() == {"ok": True, "erased": 1}
    assert conversations.history(name) == ()
    left = institution.desk.inbox.page(Filters()).rows
    assert [row.answer_id for row in left] == [other["answer_id"]]
    assert client.post("/api/feedback", json=vote).status_code == 404
    assert client.delete(f"/api/conversations/{name}").json() == {"ok": True, "erased": 0}


def test_what_is_still_queued_is_erased_too(institution: Institution, client: TestClient) -> None:
    answer = client.post("/api/chat", json={"message": "parking ?"}).json()
    assert client.delete(f"/api/conversations/{answer['conversation_id']}").json()["erased"] == 1
    institution.app.state.services.store.flush()
    assert institution.desk.inbox.page(Filters()).total == 0


def test_without_keeping_questions_only_the_outcome_stays(tmp_path: Path) -> None:
    made = institution_in(tmp_path, keep_questions=False)
    with TestClient(made.app, raise_server_exceptions=False) as client:
        made.signed_in("lecteur", client)
        made.ask(client, "je m'appelle Claire Dubois, parking ?")
        assert made.desk.inbox.page(Filters()).rows[0].message == ""
        assert "(texte non gardé)" in client.get("/console/questions").text


def test_no_personal_data_reaches_the_database(institution: Institution, client: TestClient) -> None:
    institution.ask(client, "je m'appelle Claire Dubois, 06 12 34 56 78, claire@exemple.fr, parking ?")
    institution.app.state.services.store.flush()
    kept = b"".join(path.read_bytes() for path in institution.folder.glob("guichet.db*"))
    for personal in (b"Dubois", b"06 12", b"claire@exemple"):
        assert personal not in kept
    assert b"parking" in kept


def test_many_entries_are_listed_a_page_at_a_time(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    row = r'<th scope="row"><a href="([^"]+)"'
    whole = client.get("/console/faq").text
    assert "Pages de la liste" not in whole
    monkeypatch.setattr("app.web.console.faq.SHOWN", 2)
    first, second = (client.get("/console/faq", params={"page": number}).text for number in (1, 2))
    assert re.findall(row, first) + re.findall(row, second) == re.findall(row, whole)[:4]
    assert 'rel="next" href="?page=2"' in first
    assert "entrées" in first
    assert re.findall(row, client.get("/console/faq", params={"page": 999}).text)
    sorted_ = client.get("/console/faq", params={"tri": "revoir"}).text
    assert 'href="?tri=revoir&amp;page=2"' in sorted_
