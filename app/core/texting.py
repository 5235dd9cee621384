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
    "jsuis": "je suis", "chui": "je suis", "chuis": "je suis", "jsui": "je suis", "jai": "j'ai", "jss": "je suis",
    "ac": "avec", "avk": "avec", "dc": "donc", "tjs": "toujours", "tjrs": "toujours", "bcp": "beaucoup",
    "pb": "problème", "rdv": "rendez-vous", "rv": "rendez-vous", "qqn": "quelqu'un", "qqch": "quelque chose",
    "qlq": "quelque", "dmd": "demande", "dmde": "demande", "dmder": "demander", "avt": "avant", "lgtps": "longtemps",
    "dvt": "devant", "gd": "grand", "gde": "grande", "pti": "petit", "ns": "nous", "jrs": "jours", "tte": "toute",
    "ttes": "toutes", "ske": "ce que", "juska": "jusqu'à", "jusk": "jusque", "chq": "chaque", "ntr": "notre",
    "vtr": "votre", "qq": "quelque", "qques": "quelques", "qqun": "quelqu'un", "ajd": "aujourd'hui",
    "auj": "aujourd'hui", "msg": "message", "pcq": "parce que", "psk": "parce que", "paske": "parce que",
    "fo": "faut", "fodra": "faudra", "jdois": "je dois", "jcrois": "je crois", "jne": "je ne", "jv": "je vais",
    "jvais": "je vais", "jveut": "je veux", "jpx": "je peux", "prblm": "problème", "pblm": "problème",
    "dispo": "disponible", "mtn": "maintenant", "kestion": "question", "ossi": "aussi", "tjr": "toujours",
    "toujour": "toujours", "dja": "déjà", "rien2": "rien", "kelk": "quelque", "kelkun": "quelqu'un", "nrv": "énervé",
    "vrmt": "vraiment", "bsr": "bonsoir", "cdlt": "cordialement", "mci": "merci", "mrc": "merci", "dipl": "diplôme",
    "diplom": "diplôme", "insc": "inscription", "inscrip": "inscription", "exam": "examen", "exams": "examens",
    "exam's": "examens", "cest": "c'est", "dan": "dans", "tou": "tout", "fair": "faire", "just": "juste",
    "dun": "d'un", "quon": "qu'on", "quil": "qu'il", "quils": "qu'ils", "jusqua": "jusqu'à", "jy": "j'y",
    "jen": "j'en", "sest": "s'est", "nest": "n'est", "cetait": "c'était", "sui": "suis", "veu": "veux", "vai": "vais",
    "fe": "fait", "kom": "comme", "kome": "comme", "tro": "trop", "bocou": "beaucoup", "otre": "autre",
    "otres": "autres", "labas": "là-bas", "jfe": "je fais", "pa": "pas", "encor": "encore", "jr": "jour",
    "jme": "je me", "jte": "je te", "prendr": "prendre", "esque": "est-ce que", "esce": "est-ce",
    "kelkes": "quelques", "kelque": "quelque", "kelques": "quelques", "parske": "parce que", "pske": "parce que",
    "javais": "j'avais", "jetais": "j'étais", "sil": "s'il", "yaura": "il y aura", "yavait": "il y avait",
    "mdp": "mot de passe", "jsp": "je sais pas", "jse": "je sais", "chepa": "je sais pas", "fautil": "faut-il",
    "estceque": "est-ce que", "esceque": "est-ce que", "kil": "qu'il", "kils": "qu'ils", "kest": "qu'est",
    "quesque": "qu'est-ce que", "keskil": "qu'est-ce qu'il", "svpl": "s'il vous plaît",
    "silvouplait": "s'il vous plaît", "apre": "après", "dsl": "désolé", "plsr": "plusieurs", "pls": "plusieurs",
    "plusieur": "plusieurs", "cmb": "combien", "comb": "combien", "cbien": "combien", "pask": "parce que",
    "adrs": "adresse", "moin": "moins", "vou": "vous", "jla": "je la", "jle": "je le", "jles": "je les",
    "doi": "dois", "fai": "fais", "jdoi": "je dois", "jvi": "je vis", "jva": "je vais", "nivo": "niveau",
    "chak": "chaque", "frai": "frais", "datte": "date", "chek": "chèque", "cheke": "chèque", "chec": "chèque",
}  # fmt: skip

UNTOUCHED = frozenset(
    [
        "apec", "cnav", "codec", "const", "count", "cpam", "daeu", "deug", "esat", "flask", "insert", "jboss",
        "jenkins", "jira", "jmeter", "jndi", "jpql", "jquery", "json", "jstor", "junit", "jupyter", "maif", "melec",
        "modem", "opca", "paas", "pentest", "poei", "saas", "sass", "select", "sepa", "void", "voip", "webex",
    ]
)  # fmt: skip
"""Acronyms and terms of trades that look like a slip of another word."""

_WHOLE = r"(?<![\w'’.+-])"
"""Before a letter that stands alone."""


def _not_after(*words: str) -> str:
    return "".join(rf"(?<!\b{word} )" for word in words)


_AFTER_CA = (
    r"marche|co[uû]te|donne|fait|va|se|veut|sert|dure|prend|commence|existe|vaut|peut|change|compte|ouvre|ferme|d[ée]pend|"
    r"suffit|me|ne|y|passe|consiste|signifie"
)
"""What "sa" before it shows to be "ça"."""
_LETTERED = _not_after(
    "annexe", "bac", "batiment", "bâtiment", "bloc", "cadre", "filière", "groupe", "jour", "licence", "module",
    "niveau", "nombre", "option", "permis", "point", "salle", "semestre", "série", "variable", "vitamine",
)  # fmt: skip
"""Not after what is told apart by letters."""
_NO_LANGUAGE = _LETTERED + _not_after(
    "au", "cours", "de", "du", "en", "formation", "langage", "langages", "le", "programmation", "réponse"
)
"""Nor after what the programming language may follow."""
_AMOUNT = (
    r"[çc]a|sa|co[uû]te\w*|de|d|pour|il|je|on|faut|dure|est|c|tps|temps|vaut|par|"
    r"dané?e?s?|h|heures?|jours?|mois|ans|années?"
)
"""Where "cb" before it is "combien"."""

_SAID = re.compile(r"\w+")
PHRASES = tuple(
    (frozenset(words.split()), re.compile(pattern, re.IGNORECASE), meant)
    for words, pattern, meant in (
        # Short forms that are something else beside other words.
        ("tel", r"\b(mon|votre|par|au|o|num[ée]ro de|num de) tel\b(?! (?:ou|que|quel))", r"\1 téléphone"),
        ("tel", _not_after("que", "comme", "ou") + r"\btel(?= ?(?:[?.!]|$))", "téléphone"),
        ("g", _WHOLE + r"(?<!\d )" + _LETTERED + r"(?-i:g)(?= [a-zà-ÿ\d])", "j'ai"),
        ("av", r"(?<!\d )\b(?-i:av)\b(?!\.| (?:de la|des|du|j)\b)", "avec"),
        ("avc", _not_after("un", "mon", "son") + r"\bavc\b", "avec"),
        ("svt", _not_after("de", "en", "bac", "prof", "licence") + r"\bsvt\b", "souvent"),
        (
            "vs",
            r"\bvs\b(?! (?:bachelor|bts|but|code|distance|hybride|java|licence|master|pr[ée]sentiel|python|titre)\b)",
            "vous",
        ),
        ("ds", _not_after("un", "le", "les", "mon", "mes", "du", "des", "master") + r"\b(?-i:ds)\b", "dans"),
        ("san", r"\b(?-i:san)\b(?! (?:francisco|diego|antonio|sebastian|marino)\b)", "sans"),
        ("form", _not_after("balise", "google", "en") + r"\b(?-i:form)\b", "formation"),
        ("ts", r"\bts(?= (?:les|ceux|vos|mes|ces)\b)", "tous"),
        ("mm", r"(?<!\d )\b(?-i:mm)\b", "même"),
        ("tps", _not_after("les", "des") + r"\btps\b", "temps"),
        ("pr", _not_after("le") + r"\b(?-i:pr)\b", "pour"),
        ("nb", r"\bnb\b(?! ?[:,])", "nombre"),
        ("fs", r"\b(\d+|de|la|plusieurs|une|cette|quelques) fs\b", r"\1 fois"),
        ("tt", _not_after("de", "en") + r"\btt\b", "tout"),
        ("pdt", _not_after("le", "du") + r"\bpdt\b", "pendant"),
        ("dh", r"\b(combien|cb|nombre) (?:de )?dh\b", r"\1 d'heures"),
        ("jm", r"\bjm'", "je m'"),
        # A card, or how much.
        ("cb", r"\b(c'est|c|co[uû]te|fait|faut|dure|vaut|touche|gagne|reste|prend|bout de) (?-i:cb)\b", r"\1 combien"),
        ("cb", r"([+=] ?)cb\b", r"\1combien"),
        ("cb", rf"(?<!par )(?<!en )(?<!la )(?<!ma )(?<!ou )(?<!débit )\b(?-i:cb)(?= (?:{_AMOUNT})\b)", "combien"),
        ("cb", r"\bcarte cb\b|\bcb\b", "carte bancaire"),
        # Verbs, pronouns and what sounds like them.
        (
            "es esse ais",
            r"\b(?:(?<!tu )(?<!n')(?<!bac )(?-i:es)|esse|ais)[ -](?:(?:ce|se|c)[ -])?(?:que|ke)\b",
            "est-ce que",
        ),
        ("est", r"^est que\b|\best-ce ke\b", "est-ce que"),
        ("possible", r"\best? [cs]e possible\b|\bes ce possible\b", "est-ce possible"),
        ("c sé ses", r"\bje (?:c|sé|ses) (?=pas\b)", "je sais "),
        ("quoi", r"\b(?:c|cé|cè|sé|ces|ses|se) quoi\b", "c'est quoi"),
        ("c cé sé", r"\b(ou|où|quand|combien|comment|quoi) (?:c|cé|sé)(?= ?[?.!,]|$)", r"\1 c'est"),
        ("c", _WHOLE + r"(?:(?-i:c)|^C)'? est?\b(?! (?:un |le )?langage)", "c'est"),
        (
            "c",
            _WHOLE + r"(?:(?-i:c)|^C)(?= (?:quoi|quand|combien|comment|où|pas|qui|bien|trop|possible|gratuit|pour)\b)",
            "c'est",
        ),
        ("c", _WHOLE + _NO_LANGUAGE + r"(?-i:c)(?= ou\b(?! (?:c\+|java|python|[a-d]\b)))", "c'est"),
        (
            "c",
            _WHOLE + _NO_LANGUAGE + r"(?-i:c)(?= [a-zà-ÿ0-9])(?! (?:et|ou|c'est|sharp|plus plus|sous|linux)\b)",
            "c'est",
        ),
        (
            "qu l d j m n s",
            _WHOLE + r"(?<!\d )" + _LETTERED + r"(qu|(?-i:[ldjmns])|^[LDJNS]) "
            r"(?!(?:et|ou|où|au|aux|en)\b)(?=[aeiouyhàâéèêîô]\w)",
            r"\1'",
        ),
        ("ton peu", r"\bpeut? ton\b|\bpeu on\b|\bpeu t-?on\b", "peut-on"),
        ("fau faut", r"\bfaut? t[- ]?il\b|\bfau t-?il\b", "faut-il"),
        ("pe peu peux", r"\b(on|il|elle|ça|qui) (?:pe|peux?)\b(?!(?:[- ](?:tu|je)| à peu| importe)\b)", r"\1 peut"),
        ("pe peu peut", r"\b(je|tu) (?:pe|peut?)\b", r"\1 peux"),
        ("peu", _not_after("depuis", "sous", "avant", "ici", "a") + r"\bpeu(?=[ -](?:t-)?(?:il|elle)\b)", "peut"),
        ("peu", _not_after("depuis", "sous", "avant", "ici", "a") + r"\bpeu(?=[ -](?:je|tu)\b)", "peux"),
        ("es", r"\b(où|ou|qui|quel|quelle|il|elle|ce) (?-i:es)\b(?![- ]tu)(?! accept)", r"\1 est"),
        ("sa", _not_after("dans", "de", "à", "sur", "avec", "pour") + rf"\bsa(?= (?:{_AFTER_CA})\b)", "ça"),
        ("ma", r"\b(on|il|elle) ma (?=(?:\w+é|dit|fait|mis|promis)\b)", r"\1 m'a "),
        ("jé", r"(?<!\w)jé\b", "j'ai"),
        ("ce", r"\bce (?=(?:trouve|situe|passe|d[ée]roule)\b)", "se "),
        ("ont", r"\bont (?=(?:peut|doit|a|va)\b)", "on "),
        # Other words.
        (
            "o",
            _WHOLE + r"(?-i:o)(?= (?:cours?|cnam|bac|ch[ôo]mage|t[ée]l[ée]phone|moins|semestre|mois|master)\b)",
            "au",
        ),
        ("é", _WHOLE + _not_after("avec", "accent", "lettre") + r"(?-i:é)(?= )(?! mail)", "et"),
        (
            "cour",
            _not_after("la", "une", "cette", "petite", "grande", "autre", "notre", "côté", "sur")
            + r"\b(?-i:cour)\b(?! (?:d'appel|des comptes|de (?:cassation|justice)|d'assises|supr|int[ée]r|europ))",
            "cours",
        ),
        (
            "cher",
            _not_after("trop", "moins", "plus", "est", "co[uû]te", "si", "c'est", "très", "tres", "assez", "aussi")
            + r"\bcher(?= (?:vous|moi|nous|lui|elle|eux)\b)",
            "chez",
        ),
        ("lavoir", r"\b(peux|peut|pourrais|veux|veut|faut|sans|pour) lavoir\b", r"\1 l'avoir"),
        ("tier tiers", r"\btiers?[ -]?(?:tant?|temp?s?|tenps?)\b(?! (?:plein|pis|partiel))", "tiers-temps"),
        ("sale", r"\b(ma|quelle|quel) sale(?= ?(?:[?.!]|\d|est\b|de\b|du\b|pour\b|j|$))", r"\1 salle"),
        ("sale sales", r"\bsales?(?= de cours?\b)", "salle"),
    )
)

"""The words of which a text has one where a rule may apply, the rule, and what is meant."""


def expand_sms(text: str) -> str:
    """SMS spellings replaced by the words they stand for; everything else untouched."""
    return spelled_out(" ".join(SMS.get(fold(word), word) for word in text.split()))[0]


def spelled_out(text: str) -> tuple[str, list[tuple[str, str]]]:
    """A text whose words have been mended with those put right that only their neighbours give away, and which."""
    changes: list[tuple[str, str]] = []
    said = frozenset(_SAID.findall(text.lower()))
    for words, pattern, meant in PHRASES:
        if words.isdisjoint(said):
            continue

        def replace(match: re.Match[str], meant: str = meant) -> str:
            put = match.expand(meant)
            if put.lower() != match.group().lower():
                changes.append((match.group(), put))
            return put

        text = pattern.sub(replace, text)
    return text, changes
