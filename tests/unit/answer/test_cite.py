"""Deep links and quotes."""

from __future__ import annotations

from app.answer.cite import deep_link, shorten, text_fragment
from app.core.types import Entry
from app.search.index import twins_of


def test_a_fragment_escapes_what_separates_its_parts() -> None:
    assert text_fragment("Puis-je, oui & non ?") == "#:~:text=Puis%2Dje%2C%20oui%20%26%20non%20%3F"


def test_a_link_goes_to_the_question_on_the_public_page() -> None:
    entry = Entry("a", "Quels tarifs ?", "10 €")
    assert (
        deep_link(entry, "https://e.example/faq?RH=1#haut") == "https://e.example/faq?RH=1#:~:text=Quels%20tarifs%20%3F"
    )


def test_an_entry_of_its_own_address_keeps_it_and_one_without_any_leads_home() -> None:
    assert (
        deep_link(Entry("a", "Q ?", "R", url="https://e.example/q"), "https://e.example/faq") == "https://e.example/q"
    )
    assert deep_link(Entry("a", "Q ?", "R"), None) == "/faq#a"


def test_twins_are_told_apart_by_what_follows_the_question(entries: tuple[Entry, ...]) -> None:
    twins = twins_of(entries)
    assert set(twins) == {"salle-alternance", "salle-soir"}
    links = {deep_link(entry, "https://e.example", twins) for entry in entries if entry.id in twins}
    assert len(links) == 2
    assert all(",-" in link for link in links)


def test_twins_whose_answers_begin_alike_are_told_apart_by_what_comes_after() -> None:
    beginning = "Des écrans sont disponibles aux deuxième et troisième étages pour consulter les salles"
    twins = [Entry("jour", "Où ?", f"{beginning} occupées."), Entry("soir", "Où ?", f"{beginning}. Voir l’ENF.")]
    first, second = (deep_link(entry, "https://e.example", twins_of(twins)) for entry in twins)
    assert first != second


def test_a_long_quote_is_cut_at_a_word() -> None:
    assert shorten("mot " * 100, 20) == "mot mot mot mot…"
