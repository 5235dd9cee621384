"""Personal data taken out of free text before it is written anywhere.

E-mail addresses, telephone, social security, student, card and account numbers, and the names people give
themselves. What is taken out is replaced by a word that says what it was, so that the question stays readable.
`python -m evals.redaction` measures it on messages made by hand (evals/redaction*.tsv).
"""

from __future__ import annotations

import re

from app.core.places import place_terms

_GAP = r"[ .\-\u00a0\u202f]?"
_AT = r"(?:\s?@\s?|\s?[(\[]\s?(?:at|arobase)\s?[)\]]\s?|\s(?:at|arobase|arobas)\s)"
_DOT = r"(?:\.|\s?[(\[]\s?(?:dot|point)\s?[)\]]\s?|\spoint\s)"
_EMAIL = rf"[\w+'’-]{{1,64}}(?:{_DOT}[\w+'’-]{{1,64}}){{0,4}}{_AT}[\w-]{{1,63}}(?:{_DOT}[\w-]{{1,63}}){{1,4}}"
_PHONE = (
    r"(?<![\d/])(?:\(?(?:\+|00[ .]?)33\)?[ .\-\u00a0]?(?:\(0\)[ ]?)?|0[ ]?)[1-9](?:[ .\-/_\u00a0\u202f]{0,2}\d){8}(?!\d)"
    r"|(?<![\d/])(?:\+|00)[ ]?\d{1,3}(?:[ .\-()\u00a0]{0,2}\d){7,12}(?!\d)"
)
_SPOKEN = r"\bz[ée]ro[ -](?:un|deux|trois|quatre|cinq|six|sept|huit|neuf)(?:[ -]\d{2}){4}(?!\d)"
_SOCIAL_SECURITY = (
    rf"(?<!\d)[1278]{_GAP}\d{{2}}{_GAP}(?:0[1-9]|1[0-2]|[2-9]\d){_GAP}(?:\d{{2}}|2[ABab])"
    rf"{_GAP}\d{{3}}{_GAP}\d{{3}}(?:{_GAP}(?:cl[ée]|/)?{_GAP}\d{{2}})?(?!\d)"
)
_CARD = r"(?<!\d)(?:\d{4}[ \-]?){3}\d{4}(?!\d)"
_IBAN = r"\b[A-Z]{2}\d{2}(?:[ ]?[0-9A-Z]{4}){4,7}(?:[ ]?[0-9A-Z]{1,3})?\b"
_STUDENT = r"(?<![\w/])(?=[0-9A-Z]*\d)\d{9,10}[ ]?[A-Z]{1,2}(?!\w)|(?<![\w/])\d[0-9A-Z]{9}[A-Z](?!\w)"
_LONG = r"(?<![\d/.,])\d{7,}(?![\d/])"
_CUED = re.compile(
    r"(?P<cue>(?:\bnum[ée]ros?\b|\bnum\b\.?|\bn[°º]|\bno\b|\bmatricule\b|\bidentifiant\b|\bdossier\b|\bINE\b|\bNNE\b|\bBEA\b"
    r"|\b[ée]tudiante?\b|\bauditeur\b|\bauditrice\b|\ballocataire\b|\bs[ée]cu\b)"
    r"(?:[ \u00a0]*(?:[:=#]|d['’][^\W\d]+|(?!RNCP|RS\b|UE\b|UA\b|CPF\b|BTS\b)[^\W\d]{1,14}\.?)){0,5}[ \u00a0]*[:=#]?[ \u00a0]*)"
    r"(?P<number>[A-Z]{0,4}[ \-]?\d[\dA-Z]*(?:[ .\-]\d{2,})*[A-Z]{0,2})(?!\w)",
    re.IGNORECASE,
)
_NOT_CUED = re.compile(
    r"RNCP|\bRS\b|\bUE\b|article|\bloi\b|niveau|\brue\b|page|ligne|salle|d[ée]partement", re.IGNORECASE
)
_PREFIX = re.compile(r"\b[A-Z]{2,5}[ \-]?$")
"""Letters that belong to the number, as in MPY-78451."""
_YEAR = re.compile(r"(?:19|20)\d{2}(?:[ /\-.]?(?:19|20)?\d{2})?")

_PATTERNS = (
    (re.compile(_EMAIL, re.IGNORECASE), "[e-mail]"),
    (re.compile(_IBAN), "[compte bancaire]"),
    (re.compile(_SOCIAL_SECURITY), "[n° de sécurité sociale]"),
    (re.compile(_CARD), "[carte]"),
    (re.compile(_PHONE), "[téléphone]"),
    (re.compile(_SPOKEN, re.IGNORECASE), "[téléphone]"),
    (re.compile(_STUDENT), "[n° d’étudiant]"),
    (re.compile(_LONG), "[numéro]"),
)

_CALLED = re.compile(
    r"(?P<cue>\b(?:je|j)\s*[’']?\s*m\s*[’']?\s*app?el+e?s?\b|\bmon nom (?:de famille )?(?:est|c\s*['’]?\s*est)\b"
    r"|\bmoi c['’]est\b|\bmon pr[ée]nom (?:est|c\s*['’]?\s*est)\b|\bje me (?:nomme|pr[ée]nomme)\b"
    r"|\bje suis (?=(?:m\.|mme|mlle|mr|monsieur|madame|mademoiselle)\s)"
    r"|\b(?:nom|pr[ée]nom)s?\s*:"
    r"|\b(?:mon|ma)\s+(?:fils|fille|mari|femme|fr[èe]re|s[oœ]eu?r|conjointe?|enfant)\s+s\s*[’']?\s*appelle\b)[ \t\u00a0:,]*"
    r"(?P<title>(?:m\.|mme|mlle|mr|monsieur|madame|mademoiselle)\s+)?",
    re.IGNORECASE,
)
_TITLES = r"(?:M\.|Mme|Mlle|Mr|[Mm]onsieur|[Mm]adame|[Mm]ademoiselle|mme|mlle)"
_CAPITAL = r"(?:[A-ZÀ-ÖØ-Þ][^\W\d_]{1,30}(?:[’'\-][^\W\d_]{1,30}){0,3})"
_NAMED = rf"{_CAPITAL}(?:[ \u00a0](?:(?:de|du|des|la|le|van|von|el|ben|d’|d')[ \u00a0]?){{0,2}}{_CAPITAL}){{0,3}}"
_WHOLE = rf"{_CAPITAL}(?:[ \u00a0](?:(?:de|du|des|la|le|van|von|el|ben|d’|d')[ \u00a0]?){{0,2}}{_CAPITAL}){{1,3}}"
_CLOSINGS = (
    r"cordialement|bien [àa] vous|respectueusement|sinc[èe]rement|signée?|[àa] bient[ôo]t|bonne (?:journ[ée]e|soir[ée]e)"
    r"|salutations(?: distingu[ée]es)?|merci(?: (?:d[’']avance|beaucoup|bien))?"
)
_SHOWN = (
    re.compile(rf"(?P<cue>(?<!\w){_TITLES}[ \u00a0]+)(?P<name>{_NAMED})"),
    re.compile(rf"(?P<cue>(?i:{_CLOSINGS})[ \u00a0]*[,.:!\n\-]*\s*(?:{_TITLES}\s+)?)(?P<name>{_NAMED})(?=[ .!]*$)"),
    re.compile(
        r"(?P<cue>(?:^|[,.!]\s*)(?i:(?:bonjour|bonsoir|salut)[ ,!.]*)?(?i:c['’]est|ici)[ \u00a0])"
        rf"(?P<name>{_WHOLE}|{_CAPITAL}(?=\s*[,.]))"
    ),
    re.compile(rf"(?P<cue>\b(?i:je suis)[ \u00a0])(?P<name>{_WHOLE})(?=\s*(?:[,.;]|et\b|$))"),
    re.compile(
        r"(?P<cue>\b(?i:(?:mon|ma)[ \u00a0](?:fils|fille|mari|femme|fr[èe]re|s[oœ]eu?r|conjointe?|enfant|compagn(?:on|e)))"
        rf"[ \u00a0])(?P<name>{_WHOLE})"
    ),
    re.compile(
        rf"(?P<cue>\b(?i:appele[rz][- \u00a0]moi|je me pr[ée]sente)[ \u00a0]*[,:]?[ \u00a0]*)(?P<name>{_NAMED})"
    ),
)
"""Names that a capital shows, after words that do not name by themselves."""
_MAYBE_PLACE = re.compile(r".*(?:c['’]est|ici|je suis)[ \u00a0]*$", re.IGNORECASE | re.DOTALL)
_NAME_WORD = re.compile(r"[^\W\d_]+(?:[’'\-][^\W\d_]+)*\.?")
_PARTICLES = frozenset(
    [
        "de",
        "du",
        "des",
        "la",
        "le",
        "les",
        "d",
        "el",
        "al",
        "ben",
        "bin",
        "ould",
        "van",
        "von",
        "der",
        "da",
        "dos",
        "di",
        "saint",
        "sainte",
    ]
)
_NO_NAME = frozenset(
    [
        "et",
        "ou",
        "mais",
        "donc",
        "or",
        "ni",
        "car",
        "je",
        "j",
        "tu",
        "il",
        "elle",
        "on",
        "nous",
        "vous",
        "ils",
        "elles",
        "mon",
        "ma",
        "mes",
        "ton",
        "ta",
        "ses",
        "son",
        "sa",
        "ce",
        "cet",
        "cette",
        "ces",
        "qui",
        "que",
        "quoi",
        "comment",
        "quand",
        "pourquoi",
        "combien",
        "où",
        "est",
        "suis",
        "ai",
        "as",
        "a",
        "sont",
        "ont",
        "avais",
        "étais",
        "veux",
        "voudrais",
        "souhaite",
        "cherche",
        "habite",
        "travaille",
        "viens",
        "vient",
        "bonjour",
        "bonsoir",
        "salut",
        "merci",
        "svp",
        "pour",
        "par",
        "avec",
        "sans",
        "dans",
        "sur",
        "chez",
        "en",
        "au",
        "aux",
        "un",
        "une",
        "actuellement",
        "étudiant",
        "étudiante",
        "auditeur",
        "auditrice",
        "inscrit",
        "inscrite",
        "salarié",
        "salariée",
        "demandeur",
        "demandeuse",
        "tout",
        "toute",
        "tous",
        "jai",
        "jsuis",
        "chui",
        "jveux",
        "jvoudrais",
        "jhabite",
        "jaimerais",
        "désormais",
        "pas",
        "plus",
        "très",
        "bien",
        "ici",
        "là",
        "puis",
        "si",
        "comme",
        "depuis",
        "nom",
        "prénom",
        "prenom",
        "mal",
        "absent",
        "écrit",
        "erroné",
        "faux",
        "incorrect",
        "manquant",
        "différent",
        "surtout",
        "plutôt",
        "juste",
        "aussi",
        "pareil",
        "mieux",
        "deuxième",
        "première",
        "quel",
        "quelle",
    ]
)
_ARTICLES = frozenset(["la", "le", "les", "du", "des", "de"])
_NOT_SHOWN = frozenset(
    [
        "madame",
        "monsieur",
        "mademoiselle",
        "mme",
        "mlle",
        "mr",
        "cordialement",
        "bonjour",
        "bonsoir",
        "licence",
        "master",
        "bts",
        "but",
        "cnam",
        "cpf",
        "vae",
        "ects",
        "rncp",
        "ingénieur",
        "terminale",
        "étudiante",
        "étudiant",
    ]
)
"""Words with a capital that are no names."""
MAX_NAME = 4
"""Words of a name that begin with a capital; without capitals two are taken."""


def redact(text: str) -> str:
    """Text with personal data replaced by words in brackets."""
    for pattern, label in _PATTERNS:
        text = pattern.sub(label, text)
    text = _without_names(_CUED.sub(_cued, text))
    for pattern in _SHOWN:
        text = pattern.sub(_shown, text)
    return text


def _shown(match: re.Match[str]) -> str:
    """A capital shows a name unless the words are a place's, a title's, or begin a sentence of their own."""
    words = [word for word in match["name"].split() if word[0].isupper()]
    if any(word.casefold() in _NO_NAME or word.casefold() in _NOT_SHOWN for word in words):
        return match[0]
    if _MAYBE_PLACE.match(match["cue"]) and place_terms(match["name"]):
        return match[0]
    return f"{match['cue']}[nom]"


def _cued(match: re.Match[str]) -> str:
    """A shorter number counts when the words before it say whose it is."""
    number = match["number"]
    digits = sum(character.isdigit() for character in number)
    before = match.string[max(0, match.start() - 12) : match.end()]
    if digits < 5 or _NOT_CUED.search(before) or _YEAR.fullmatch(number):
        return match[0]
    return f"{_PREFIX.sub('', match['cue'])}[numéro]"


def _without_names(text: str) -> str:
    at, kept = 0, []
    for match in _CALLED.finditer(text):
        if match.start() < at:
            continue
        end = _end_of_name(text, match.end())
        if end > match.end():
            kept += [text[at : match.end()], "[nom]"]
            at = end
    return "".join([*kept, text[at:]])


def _end_of_name(text: str, start: int) -> int:
    """Where the name that begins at `start` ends; `start` when there is none."""
    end, taken, capitals, at = start, 0, False, start
    while taken < MAX_NAME:
        match = _NAME_WORD.match(text, at)
        if match is None:
            break
        word = match[0].rstrip(".")
        folded = word.casefold()
        head = re.split(r"[’']", folded)[0]
        capital = word[0].isupper()
        if folded in _PARTICLES and (taken or capital or _followed_by_name(text, match.end())):
            at = _skip(text, match.end())
            continue
        if (folded in _ARTICLES and not taken) or (len(word) == 1 and not capital):
            break
        if folded in _NO_NAME or (head in ("j", "l", "d", "c", "n", "qu", "s", "m") and head != folded and not capital):
            break
        if taken and capitals != capital:
            break
        if not capital and taken == 2:
            break
        taken, capitals, end = taken + 1, capital, match.end()
        at = _skip(text, match.end())
        if at == match.end():
            break
    return end


def _followed_by_name(text: str, at: int) -> bool:
    match = _NAME_WORD.match(text, _skip(text, at))
    return match is not None and match[0][0].isupper() and match[0].casefold() not in _NO_NAME


def _skip(text: str, at: int) -> int:
    """Past the spaces between two words of a name."""
    while at < len(text) and text[at] in " \u00a0":
        at += 1
    return at
