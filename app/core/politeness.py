"""A question less the courtesies around it: greeting, "pourriez-vous m'indiquer", thanks, complimentary close.

They say nothing of what is asked for, yet weigh in the vector and in the words of a question: "j'aimerais savoir
comment vous payer" lay further from the entry on payment than "comment vous payer". Only stock phrases of French
letters and of spoken politeness are taken off, at the edge of a sentence; what tells of the visitor stays.
"""

from __future__ import annotations

import re

from app.core.folding import flat

CLOSINGS = 3
"""Courtesies taken off the end: "merci d'avance, bonne journée, cordialement"."""

_ADDRESS = r"(?:(?:chers?|cheres?) )?(?:mesdames|messieurs|madame|monsieur|mademoiselle|m\.|mme|collegues?|equipe)"
_GREETING = rf"(?:bonjour|bonsoir|salut|coucou|hello|bjr|slt|re-?bonjour|{_ADDRESS})"
_OPENING = re.compile(
    rf"^(?:{_GREETING}(?: (?:a (?:vous|tous|toutes|l'equipe)|tout le monde))?(?:[ ,;:.!]+(?:et )?|$))+"
)

_ADVERB = r"(?:(?:juste|simplement|seulement|aussi|bien|egalement|donc|en fait|s'il (?:vous|te) plait|svp|stp) )*"
_TELL = (
    r"(?:me (?:dire|preciser|communiquer|faire (?:savoir|connaitre)|donner|renseigner|confirmer)|"
    r"m'(?:indiquer|expliquer|informer|eclairer|apprendre|en dire plus)|nous (?:dire|indiquer|preciser|expliquer)|"
    r"(?:dire|indiquer|preciser|expliquer|renseigner)(?! (?:mon|ma|mes|a)\b))"
    r"(?: (?:sur|a propos de|de(?! )|par ecrit))?"
)
_LEARN = (
    r"(?:savoir|connaitre|comprendre|me renseigner (?:sur|pour savoir)|verifier|m'assurer|"
    r"demander(?= (?:si|s'il|a qui)\b))"
)
_KIND = r"(?:l'(?:obligeance|amabilite)|la (?:gentillesse|bonte|amabilite)|la possibilite) de "
_LEAD = re.compile(
    rf"(?:et |alors |donc |or )?{_ADVERB}(?:"
    rf"(?:(?:je|nous|on) (?:voudrai\w+|voudrions|veux|voulons|voulais|souhait\w+|desir\w+|cherche a|tiens a)|"
    rf"(?:j'|nous )(?:aimer\w+))"
    rf" {_ADVERB}{_LEARN}"
    rf"|(?:pourriez|pouvez|pourrais|peux|auriez|aurais|sauriez|voudriez|voulez|pourrait)[- ](?:vous|tu|on) "
    rf"{_ADVERB}(?:{_KIND})?(?:bien )?(?:vouloir )?{_ADVERB}{_TELL}"
    rf"|(?:est-ce que |est ce que )?(?:vous (?:pouvez|pourriez)|tu (?:peux|pourrais)|quelqu'un (?:peut|pourrait|sait)) "
    rf"{_ADVERB}{_TELL}"
    rf"|je vous (?:serai\w*|saurai\w*|prie|remercie|demande|sollicite)(?: (?:fort|tres|vivement|par avance|d'avance))*"
    rf"(?: (?:gre|reconnaissante?|obligee?))?(?: (?:de|pour|afin de))(?: bien)?(?: vouloir)? {_TELL}"
    rf"|(?:merci de|veuillez|priere de)(?: bien)?(?: vouloir)? {_TELL}"
    rf"|(?:je|on) me (?:demande|demandais|demandai)|(?:savez|sais)[- ](?:vous|tu)|(?:dites|dis)[- ]moi|"
    rf"c'est pour savoir|(?:une |j'ai une )?(?:petite )?question(?: rapide| bete)?(?= ?[,:])"
    rf")(?: ?[,:])? *(?=\S)"
)
_CLOSING = re.compile(
    r"(?:(?:bien |tres )?(?:cordialement|respectueusement|sincerement|sinceres)\b|bien a vous|bonne (?:journee|soiree)|"
    r"(?:je|nous) (?:vous|te) (?:remerci\w+|pri\w+ (?:d'agreer|de recevoir|de croire))|(?:en )?vous remerciant|"
    r"(?:un (?:grand|tout grand) )?merci\b(?! de )|(?:veuillez )?(?:agreer|recevez|recevoir|croyez)\b|"
    r"avec (?:mes|toute ma|l'expression)|"
    r"dans l'attente|(?:mes|mille) (?:salutations|remerciements)|salutations|par avance merci|"
    r"s'il (?:vous|te) plait|svp|stp)"
    r"(?![^.?!]*\b(?:comment|combien|pourquoi|quand|quel(?:le)?s?|est-ce)\b)[^.?!]*[.?!]*$"
)
_START = re.compile(r"(?:^|(?<=[.?!;:,]) +|(?<=[.?!;:]))")


def bare(text: str) -> str:
    """What of a clean text remains without courtesies; the text itself when it is made of nothing else."""
    kept = text
    for _ in range(CLOSINGS):
        if (end := _closing(flat(kept))) is None:
            break
        kept = kept[:end].rstrip(" ,;")
    plain = flat(kept)
    opening = _OPENING.match(plain)
    pieces, at = [], opening.end() if opening else 0
    for start in (at, *(border.end() for border in _START.finditer(plain, at))):
        lead = _LEAD.match(plain, start)
        if lead and start >= at:
            pieces.append(kept[at : lead.start()])
            at = lead.end()
    rest = "".join([*pieces, kept[at:]]).strip(" ,;:")
    return rest if any(c.isalpha() for c in rest) else text


def _closing(plain: str) -> int | None:
    """Where the last sentence begins, or a courtesy after its last comma, if it only takes leave."""
    starts = [start for start in _START.finditer(plain) if 0 < start.end() < len(plain)]
    for start in reversed(starts):
        if _CLOSING.match(plain, start.end()):
            return start.start()
        if plain[start.start() - 1] in ".?!":
            break
    found = re.search(r" (?:svp|stp|s'il (?:vous|te) plait|merci(?: (?:d'avance|beaucoup|bien))?)[ .?!]*$", plain)
    return found.start() if found else None
