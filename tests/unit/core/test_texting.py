from __future__ import annotations

import pytest

from app.core.texting import SMS, expand_sms, spelled_out


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("on peu venir", "on peut venir"),
        ("je peut venir", "je peux venir"),
        ("peu on venir", "peut-on venir"),
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
        ("ça coûte cb ?", "ça coûte combien ?"),
        ("CB refusée, débit cb de 20 euros", "carte bancaire refusée, débit carte bancaire de 20 euros"),
        ("c est quoi", "c'est quoi"),
        ("c ou la salle", "c'est ou la salle"),
        ("bac+cb", "bac+combien"),
        ("l examen c quand", "l'examen c'est quand"),
        ("le module c 20 euros", "le module c 20 euros"),
        ("le prix c 20 euros", "le prix c'est 20 euros"),
        ("je c pas", "je sais pas"),
        ("où c ?", "où c'est ?"),
        ("on ma dit de venir", "on m'a dit de venir"),
        ("fau til venir, peu ton venir", "faut-il venir, peut-on venir"),
        ("g perdu mm mon code", "j'ai perdu même mon code"),
        ("par tel svp", "par téléphone svp"),
        ("chez vs on doit av le bac", "chez vous on doit avec le bac"),
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
        "un tel cours, tel quel",
        "norme 4 g, bâtiment g, 50 mm de pluie",
        "bac s avec mention, groupe s obtenu",
        "15 j après, le jour j est arrivé",
        "M Olivier m'a répondu",
        "java vs python, vs code",
        "un ds est prévu, prof de svt, suite à un avc",
        "depuis peu je travaille, il y a peu elle est venue",
        "qui es-tu, qui peux-tu joindre",
        "le cours de c commence, programmer en c sous linux",
        "C et Java, C ou Python, un cours de c ou java",
        "c'est trop cher nous sommes deux",
        "un tiers temps plein",
        "dans sa ferme, sur sa marche",
        "",
    ],
)
def test_what_is_right_stays(text: str) -> None:
    assert spelled_out(text) == (text, [])


def test_what_was_put_right_is_told() -> None:
    assert spelled_out("c quoi, on peu venir")[1] == [("c quoi", "c'est quoi"), ("on peu", "on peut")]


def test_short_forms_are_folded_and_stand_for_words_with_their_accents() -> None:
    assert all(form == form.lower() and form.isascii() for form in SMS)
    assert expand_sms("g un pb mm o cnam") == "j'ai un problème même au cnam"
