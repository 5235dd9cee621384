"""French text helpers."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st
from snowballstemmer.french_stemmer import FrenchStemmer

from app.core import french
from app.core.french import (
    clean,
    fold,
    is_acronym,
    lexical_tokens,
    salient_words,
    slug,
    stem,
    words,
)
from app.core.texting import expand_sms


def test_clean_leaves_nothing_a_page_could_trip_over() -> None:
    assert clean("a\u200bb\x00 \n c\u202e\ud800") == "a b c ?"


def test_fold() -> None:
    assert fold("Où l’Œuvre À") == "ou l'oeuvre a"


def test_words_lose_their_elisions() -> None:
    assert words("Qu'est-ce que l’ENF d'aujourd'hui ?") == ["est", "ce", "que", "ENF", "aujourd", "hui"]


@pytest.mark.parametrize(("word", "yes"), [("UE", True), ("L3", True), ("ECTS", True), ("Ue", False), ("A", False)])
def test_acronyms(word: str, yes: bool) -> None:
    assert is_acronym(word) is yes


def test_acronyms_and_numbers_are_not_stemmed() -> None:
    assert stem("SMS") == "sms"
    assert stem("L3") == "l3"
    assert stem("formations") == stem("formation")


def test_sms_spellings_become_words() -> None:
    assert expand_sms("cb coute la form stp") == "combien coute la formation s'il te plaît"


def test_salient_words_carry_the_meaning() -> None:
    assert salient_words("Est-ce que je peux payer en 3 fois ?") == ["payer", "3", "fois"]


def test_lexical_tokens_meet_with_and_without_accents() -> None:
    assert set(lexical_tokens("débuté")) & set(lexical_tokens("debute"))
    assert "f:ue" in lexical_tokens("UE")
    assert "f:ue" in lexical_tokens("ue")


def test_slug_is_cut_at_a_word() -> None:
    assert slug("Où trouver ma salle de cours ?") == "ou-trouver-ma-salle-de-cours"
    assert slug("un deux trois", limit=8) == "un-deux"
    assert slug("???") == "entree"
    assert len(slug("mot" * 100)) == 60


@given(st.text(max_size=300), st.integers(min_value=1, max_value=80))
def test_slug_is_always_an_id(text: str, limit: int) -> None:
    made = slug(text, limit=limit)
    assert made == slug(made, limit=1000)
    assert made == "entree" or len(made) <= limit


def test_threads_do_not_mix_their_words() -> None:
    listed = [f"{start}{end}" for start in ("inscri", "parl", "fini", "organis", "quitt") for end in ENDINGS]
    alone = [str(FrenchStemmer().stemWord(word)) for word in listed]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(4) as pool:
            for found in pool.map(lambda _: [french._stem.__wrapped__(word) for word in listed], range(24)):
                assert found == alone
    finally:
        sys.setswitchinterval(interval)


ENDINGS = ("ption", "ons", "erait", "ssement", "ation", "ant", "euses", "aient", "issons", "ements")
