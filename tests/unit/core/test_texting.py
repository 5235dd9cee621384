from __future__ import annotations

import pytest

from app.core.texting import SMS, expand_sms, spelled_out


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("on peu venir", "on peut venir"),
        ("je peut venir", "je peux venir"),
        ("peu on venir", "peut on venir"),
        ("c quoi un module", "c'est quoi un module"),
        ("C quoi un module", "c'est quoi un module"),
        ("es que je dois venir", "est-ce que je dois venir"),
        ("est que je dois venir", "est-ce que je dois venir"),
        ("quel es le prix", "quel est le prix"),
        ("j habite Foix, l inscription", "j'habite Foix, l'inscription"),
        ("sa marche comment", "ça marche comment"),
        ("o moins un mois", "au moins un mois"),
        ("un cour du soir", "un cours du soir"),
        ("un tier temp svp", "un tiers-temps svp"),
        ("dans quelle sale de cours", "dans quelle salle de cours"),
        ("payer par cb", "payer par carte bancaire"),
        ("cb ou chèque", "carte bancaire ou chèque"),
        ("je veux payer cb ?", "je veux payer carte bancaire ?"),
        ("cb coûte un module", "combien coûte un module"),
    ],
)
def test_neighbours_tell_what_is_meant(typed: str, meant: str) -> None:
    assert spelled_out(typed)[0] == meant


@pytest.mark.parametrize(
    "text",
    [
        "il est peu probable que je vienne",
        "un peu de temps",
        "le problème est que je travaille",
        "le langage c et le C++",
        "le permis c",
        "y a-t-il un cours",
        "sa salle est sale",
        "la cour d'appel, la cour du bâtiment",
        "c'est trop cher pour moi",
        "ils se disent contents, tu es inscrit",
        "adresse o.dupont, u.e. et v.a.e.",
        "",
    ],
)
def test_what_is_right_stays(text: str) -> None:
    assert spelled_out(text) == (text, [])


def test_what_was_put_right_is_told() -> None:
    assert spelled_out("c quoi, on peu venir")[1] == [("c", "c'est"), ("on peu", "on peut")]


def test_short_forms_are_folded_and_stand_for_words_with_their_accents() -> None:
    assert all(form == form.lower() and form.isascii() for form in SMS)
    assert expand_sms("g un pb mm o cnam") == "j'ai un problème même au cnam"
