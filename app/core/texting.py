"""French as visitors type it on a telephone: short forms, and words that their neighbours tell from their homophones.

What stands for one word is in SMS, whatever stands beside it. A rule of PHRASES looks at the neighbours: "peu" after
"on" is "peut", "c" before "quoi" is "c'est", and "cb" is a card in "par cb" and "combien" in "cb coûte".
"""

from __future__ import annotations

import re

from app.core.folding import fold

# After folding. Only forms that are no French word.
SMS = {
    "bjr": "bonjour", "slt": "salut", "stp": "s'il te plaît", "svp": "s'il vous plaît", "pk": "pourquoi",
    "pq": "pourquoi", "pkoi": "pourquoi", "prkoi": "pourquoi", "koi": "quoi", "kel": "quel", "kelle": "quelle",
    "kels": "quels", "kelles": "quelles", "keske": "qu'est-ce que", "kesk": "qu'est-ce que", "eske": "est-ce que",
    "esk": "est-ce que", "estce": "est-ce", "qd": "quand", "kan": "quand", "kand": "quand", "cmt": "comment",
    "cmnt": "comment", "coman": "comment", "komen": "comment", "koment": "comment", "cbn": "combien",
    "combi1": "combien", "konbien": "combien", "ya": "il y a", "ki": "qui", "ke": "que", "kon": "qu'on",
    "jpeu": "je peux", "jpe": "je peux", "jpeux": "je peux", "jve": "je veux", "jveu": "je veux", "jveux": "je veux",
    "jsuis": "je suis", "chui": "je suis", "chuis": "je suis", "jsui": "je suis", "jai": "j'ai", "g": "j'ai",
    "jss": "je suis", "pr": "pour", "ds": "dans", "ac": "avec", "av": "avec", "avk": "avec", "dc": "donc",
    "tt": "tout", "ts": "tous", "tjs": "toujours", "tjrs": "toujours", "bcp": "beaucoup", "mm": "même",
    "pb": "problème", "rdv": "rendez-vous", "rv": "rendez-vous", "qqn": "quelqu'un", "qqch": "quelque chose",
    "qlq": "quelque", "nb": "nombre", "tel": "téléphone", "dmd": "demande", "dmde": "demande", "dmder": "demander",
    "avt": "avant", "aps": "apres", "tps": "temps", "lgtps": "longtemps", "dvt": "devant", "pdt": "pendant",
    "gd": "grand", "gde": "grande", "pti": "petit", "ns": "nous", "vs": "vous", "jrs": "jours", "tte": "toute",
    "ttes": "toutes", "ske": "ce que", "juska": "jusqu'à", "jusk": "jusque", "chq": "chaque", "ntr": "notre",
    "vtr": "votre", "qq": "quelque", "qques": "quelques", "qqun": "quelqu'un", "ajd": "aujourd'hui",
    "auj": "aujourd'hui", "msg": "message", "avc": "avec", "pcq": "parce que", "psk": "parce que",
    "paske": "parce que", "fo": "faut", "fodra": "faudra", "jdois": "je dois", "jcrois": "je crois", "jne": "je ne",
    "jv": "je vais", "jvais": "je vais", "jveut": "je veux", "jpx": "je peux", "svt": "souvent", "prblm": "problème",
    "pblm": "problème", "dispo": "disponible", "cad": "c'est-à-dire", "mtn": "maintenant", "mnt": "maintenant",
    "kestion": "question", "oci": "aussi", "ossi": "aussi", "tjr": "toujours", "toujour": "toujours", "dja": "déjà",
    "rien2": "rien", "kelk": "quelque", "kelkun": "quelqu'un", "nrv": "énervé", "vrmt": "vraiment", "bsr": "bonsoir",
    "cdlt": "cordialement", "mci": "merci", "mrc": "merci", "dipl": "diplôme", "diplom": "diplôme",
    "form": "formation", "insc": "inscription", "inscrip": "inscription", "exam": "examen", "exams": "examens",
    "exam's": "examens", "cest": "c'est", "san": "sans", "dan": "dans", "tou": "tout", "fair": "faire",
    "just": "juste", "dun": "d'un", "quon": "qu'on", "quil": "qu'il", "quils": "qu'ils", "jusqua": "jusqu'à",
    "jy": "j'y", "jen": "j'en", "sest": "s'est", "nest": "n'est", "cetait": "c'était", "doi": "dois", "sui": "suis",
    "veu": "veux", "vai": "vais", "fai": "fais", "pe": "peut", "fe": "fait", "kom": "comme", "kome": "comme",
    "tro": "trop", "bocou": "beaucoup", "otre": "autre", "otres": "autres", "fs": "fois", "labas": "là-bas",
    "jm": "je m", "jfe": "je fais", "pa": "pas", "encor": "encore", "jr": "jour", "dh": "d'heures", "jme": "je me",
    "jte": "je te", "prendr": "prendre", "esque": "est-ce que", "esce": "est-ce", "kelkes": "quelques",
    "kelque": "quelque", "kelques": "quelques", "parske": "parce que", "pske": "parce que", "javais": "j'avais",
    "jetais": "j'étais", "sil": "s'il", "yaura": "il y aura", "yavait": "il y avait",
}  # fmt: skip

_WHOLE = r"(?<![\w'’.+-])"
"""Before a letter that stands alone."""

_AFTER_CA = (
    r"marche|co[uû]te|donne|fait|va|se|veut|sert|dure|prend|commence|existe|vaut|peut|change|compte|ouvre|ferme|d[ée]pend|"
    r"suffit|me|ne|y|passe|consiste|signifie"
)
"""What "sa" before it shows to be "ça"."""

PHRASES = tuple(
    (re.compile(pattern, re.IGNORECASE), meant)
    for pattern, meant in (
        (r"\b(par|en|la|ma|une|sa|de|ou|avec|votre|paiement|carte) cb\b", r"\1 carte bancaire"),
        (r"\bcarte carte bancaire", "carte bancaire"),
        (r"\bcb(?=,? (?:ou|et|ch[èe]ques?|virement|visa)\b|/)", "carte bancaire"),
        (r"\b(payer|payé|paye|régler|regler|règlement) cb(?= ?[?.!]*$)", r"\1 carte bancaire"),
        (r"\bcb\b", "combien"),
        (r"\b(?:es|esse|ais)[ -](?:(?:ce|se|c)[ -])?(?:que|ke)\b|^est que\b|\best-ce ke\b", "est-ce que"),
        (r"\b(?:c|cé|cè|sé|ces|ses|se)(?= quoi\b)", "c'est"),
        (r"\bc' ?es?(?= )", "c'est"),
        (_WHOLE + r"(?<!permis )(?<!langage )(?<!catégorie )(?<!groupe )(?:(?-i:c)|^C)(?= [a-zà-ÿ0-9])", "c'est"),
        (_WHOLE + r"(qu|[ldjmns]) (?!(?:et|ou|où|au|aux|en)\b)(?=[aeiouyhàâéèêîô]\w)", r"\1'"),
        (r"\b(on|il|elle|ça|qui) peux?\b(?! (?:à peu|importe)\b)", r"\1 peut"),
        (r"\b(je|tu) peut?\b", r"\1 peux"),
        (r"\bpeu(?=[ -](?:t-)?(?:on|il|elle)\b)", "peut"),
        (r"\bpeu(?=[ -](?:je|tu)\b)", "peux"),
        (r"\b(où|ou|qui|quel|quelle|il|elle|ce) es\b", r"\1 est"),
        (rf"\bsa(?= (?:{_AFTER_CA})\b)", "ça"),
        (
            _WHOLE + r"o(?= (?:cours?|cnam|bac|ch[ôo]mage|t[ée]l[ée]phone|moins|semestre|mois|master|dipl[ôo]me)\b)",
            "au",
        ),
        (_WHOLE + r"é(?= )", "et"),
        (
            r"(?<!\bla )(?<!\bune )(?<!\bcette )\bcour\b(?! (?:d'appel|des comptes|de cassation|suprême|intérieure))",
            "cours",
        ),
        (r"\bcher(?= (?:vous|moi|nous|lui|elle|eux)\b)", "chez"),
        (r"\b(peux|peut|pourrais|veux|veut|faut|sans|pour) lavoir\b", r"\1 l'avoir"),
        (r"\btiers?[ -]?(?:tant?|temp?s?|tenps?)\b", "tiers-temps"),
        (r"\b(ma|quelle|quel) sale\b", r"\1 salle"),
        (r"\bsales?(?= de cours?\b)", "salle"),
    )
)


def expand_sms(text: str) -> str:
    """SMS spellings replaced by the words they stand for; everything else untouched."""
    return spelled_out(" ".join(SMS.get(fold(word), word) for word in text.split()))[0]


def spelled_out(text: str) -> tuple[str, list[tuple[str, str]]]:
    """A text whose words have been mended with those put right that only their neighbours give away, and which."""
    changes: list[tuple[str, str]] = []
    for pattern, meant in PHRASES:

        def replace(match: re.Match[str], meant: str = meant) -> str:
            put = match.expand(meant)
            if put.lower() != match.group().lower():
                changes.append((match.group(), put))
            return put

        text = pattern.sub(replace, text)
    return text, changes
