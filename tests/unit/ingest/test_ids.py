"""Ids that stay: whatever the answer, whatever the order."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from ingest.ids import Asked, assign_ids
from ingest.parse import parse_text

LONG = "Est-ce que je peux m'inscrire à une formation en ligne ou en cours du soir au second semestre "


def test_from_the_question() -> None:
    assert assign_ids([Asked("Où payer ?", "S")]) == ["ou-payer"]


def test_every_twin_carries_its_section() -> None:
    twins = [
        Asked("Où ?", "Jour"),
        Asked("Autre ?", "Jour"),
        Asked("où", "Soir, en ligne et le samedi matin aussi"),
    ]
    assert assign_ids(twins) == ["ou-jour", "autre", "ou-soir-en-ligne-et-le"]
    assert assign_ids(twins[::-1]) == ["ou-soir-en-ligne-et-le", "autre", "ou-jour"]


def test_the_same_question_twice_in_a_section_is_numbered() -> None:
    assert assign_ids([Asked("Où ?", "S")] * 3) == ["ou", "ou-2", "ou-3"]


def test_different_questions_with_one_slug_carry_a_hash() -> None:
    one, other = assign_ids([Asked(LONG + "2027 ?", ""), Asked(LONG + "2028 ?", "")])
    assert one != other
    assert one[:-7] == other[:-7]
    assert assign_ids([Asked(LONG + "2028 ?", ""), Asked(LONG + "2027 ?", "")]) == [other, one]


def test_explicit_ids_win() -> None:
    asked = [Asked("Où ?", ""), Asked("Quand ?", "", "ou"), Asked("Qui ?", "", "ou")]
    assert assign_ids(asked) == ["ou-2", "ou", "ou-3"]


def test_ids_survive_rewording_and_reordering() -> None:
    before = parse_text("## S\n\n### A ?\n\na\n\n### B ?\n\nb\n\n## T\n\n### A ?\n\nc\n")
    after = parse_text("## T\n\n### A ?\n\nautre\n\n## S\n\n### B ?\n\n- d\n\n### A ?\n\ne\n")
    assert {(e.section, e.question): e.id for e in before.faq_entries} == {
        (e.section, e.question): e.id for e in after.faq_entries
    }


def test_the_hash_follows_everything_shown_and_nothing_else() -> None:
    def digest(text: str) -> str:
        return parse_text(text).faq_entries[0].content_hash

    base = "## S\n\n### A ?\n<!-- guichet: audience=soir -->\n\nb\n"
    assert digest(base) == digest("\n\n" + base.replace("soir", "soir; id=x"))
    changes = [
        ("### A", "### Ah"),
        ("## S", "## T"),
        ("soir", "jour"),
        ("soir", "soir; valid_until=2027-01-01"),
        ("soir", "soir; url=https://a.fr"),
        ("soir", "soir\nvariantes:\n- c ?\n"),
        ("\nb", "\nc"),
    ]
    for change in changes:
        assert digest(base) != digest(base.replace(*change)), change


QUESTIONS = st.sampled_from(["A ?", "a", "B ?", LONG + "1 ?", LONG + "2 ?", "???", "", "!"])


@given(
    st.lists(st.builds(Asked, QUESTIONS, st.sampled_from(["", "S", "T"]), st.sampled_from([None, None, "a", "b-s"])))
)
def test_ids_are_unique(asked: list[Asked]) -> None:
    ids = assign_ids(asked)
    assert len(set(ids)) == len(asked)
    assert all(ids)


@given(
    st.lists(
        st.builds(Asked, QUESTIONS, st.sampled_from(["S", "T"])),
        unique_by=lambda a: (a.question.lower()[:-1], a.section),
    ),
    st.randoms(),
)
def test_order_does_not_matter(asked: list[Asked], chance: random.Random) -> None:
    distinct = {(a.question.casefold().strip(" ?!"), a.section): a for a in asked}.values()
    before = dict(zip(distinct, assign_ids(list(distinct)), strict=True))
    shuffled = list(distinct)
    chance.shuffle(shuffled)
    assert dict(zip(shuffled, assign_ids(shuffled), strict=True)) == before
