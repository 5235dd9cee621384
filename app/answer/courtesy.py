"""Messages made of courtesy alone: greetings, thanks, praise, "ok", laughter, emoji.

A message counts when every one of its words is courteous or a function word, and one of
them carries a courtesy: "Bonjour, quels sont les tarifs ?" is a question about prices.
"""

from __future__ import annotations

import re
import unicodedata

from app.answer import phrases
from app.core.french import STOPWORDS, fold, words


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


_GREETING = _set("bonjour bonsoir salut coucou hello hey hi re rebonjour rebonsoir bjr slt yo wesh salam bonjours")
_THANKS = _set("merci mercis remercie remercions remerciements thanks thx")
_GOODBYE = _set("revoir bientot bye ciao adieu continuation tchao")
_PRAISE = _set(
    "bravo genial geniale super parfait parfaite cool nickel excellent excellente impeccable top sympa "
    "felicitations formidable incroyable chapeau extra adore aime meilleur meilleure efficace gentil gentille fort "
    "forte beau mignon mignonne"
)
_CLOSING = _set("ok okay oki okey okk dac accord compris entendu bien bon clair claire marche vois trouve")
_CHECKING = _set("test testing allo")
_LAUGH = re.compile(r"(?:(?:ha|ah|hi|he|hu|ho){2,}h?|a(?:ha)+h?|lo+l+|md+r+|pt+d+r+|xd+|jpp)")

# Words that say nothing to the FAQ in a courteous message but would in a question:
# "Bonjour, êtes-vous là le week-end ?"
_TOPICAL = _set(
    "accueil equipe service info infos information informations renseignement renseignements rapide rapidite vite "
    "nuit soir soiree journee jour demain tard temps week end weekend semaine monde aide efficace compris bonne bon"
)
_OWN = _set("mon ma mes pas sans ni aucun")
"""Beside praise or agreement these make a statement: "pas d'accord avec ma note"."""
_ASKING = _set("qui que quoi quel quelle quels quelles pouvez peut peux faut")
_POLITE = _set(
    "agreable aimable amabilite avance beaucoup belle beaute bons bonnes chatbot cher chere cherchais cherche "
    "cordialement cv compagnie dame drole alors ah oh eh bah ben euh bref dernier derniere utile "
    "pratique precis precise complet "
    "complete excusez excuse desole desolee pardon franchement fois gentillesse grand grande gros infiniment note "
    "ici exactement aujourd hui mieux laisse lecture madame mademoiselle mesdames messieurs mille mister moment "
    "monsieur non oui ouais ouf parfaitement plait poser pose precieuse prochaine questions question quelqu reponse "
    "reponses repondu resolu sava savoir sir site tard tellement tant toujours travail trop vraiment voulais voir "
    "vacances fetes noel annee dimanche samedi sincerement vivement chaleureusement amour ami amie amis allez bref "
    "nuits matin matinee tous toutes tout programme machine robot bot assistant ordinateur"
)
_FILLER = STOPWORDS | _TOPICAL | _POLITE
_CARRIERS = _GREETING | _THANKS | _GOODBYE | _PRAISE | _CLOSING | _CHECKING
_ALL = _FILLER | _CARRIERS

_HOW = re.compile(
    r"\b(?:comment )?(?:ca|sa) (?:va|roule|gaze)(?: bien| toi| vous)?\b(?! \w)"
    r"|\bcomment (?:allez[- ]vous|vas[- ]tu|tu vas|vous allez)\b"
    r"|\b(?:tu vas|vous allez|allez[- ]vous|vas[- ]tu) (?:tres )?bien\b|\bquoi de (?:neuf|beau)\b|\bla forme\b"
)
_WISH = re.compile(
    r"\b(?:bonnes?|joyeux|joyeuses?|belle|excellente?) "
    r"(?:annee|fetes|nuit|journee|soiree|fin de|week|vacances|noel|chance|dimanche)\b"
    r"|\ba (?:plus(?: tard)?|demain|tout a l'heure|la prochaine)\b"
)
_PRESENT = re.compile(
    r"\b(?:y a[- ]t[- ]il|il y a|y a|ya) quelqu'un\b|\b(?:vous etes|tu es|t'es|es[- ]tu|etes[- ]vous) la\b(?! \w)"
)
_ANNOUNCED = re.compile(
    r"^\W*(?:bonjour\W+|bonsoir\W+|salut\W+)?j'(?:ai|aurais) (?:une|des|quelques|plusieurs) questions?\W*$"
)
_SMILEY = re.compile(r"(?:[:;=xX]'?-?[)(DPpOo/|*]+|\^_*\^|<3|:-?\w)(?=\s|$)")
_GLAD = frozenset("👍👌🙏👏💪😊🙂😀😃😄😁😉😍🥰🤩😘❤♥🎉✅💯🤝🌹🌸")
_LAUGHING = frozenset("😂🤣😆😹")


_STRETCHED = re.compile(r"(.)\1+\b")


def _unstretched(word: str) -> str:
    """The word as it is spelt when only its last letter was held: "mercii", "bonjouuur" is another matter."""
    short = _STRETCHED.sub(r"\1", word)
    return short if word not in _ALL and short in _ALL else word


def courtesy(text: str) -> str | None:
    """The phrase that answers `text` (folded) when it is courtesy and nothing else."""
    rest, how = _HOW.subn(" ", text)
    rest, present = _PRESENT.subn(" ", rest)
    said = {fold(word) for word in words(rest)}
    laughs = {word for word in said if _LAUGH.fullmatch(word)}
    said = {_unstretched(word) for word in said - laughs}
    if said & _CHECKING:
        said = {word for word in said if not word.isdigit()}
    if not said <= _ALL or ("?" in text and said & (_TOPICAL | _ASKING)):
        return phrases.GREETING if _ANNOUNCED.search(text) else None
    if how or present:
        return phrases.WELL if how else phrases.LISTENING
    if phrase := _spoken(said, wishes=bool(_WISH.search(text)), asks="?" in text):
        return phrase
    if laughs:
        return phrases.LAUGHED
    return None if said else _drawn(text)


def _spoken(said: set[str], *, wishes: bool, asks: bool) -> str | None:
    """What the carrying words call for; praise and agreement with a question mark are questions."""
    if said & _GOODBYE or (wishes and not asks):
        return phrases.GOODBYE
    if said & _THANKS:
        return phrases.THANKS
    if said & _GREETING:
        return phrases.GREETING
    if said & _CHECKING:
        return phrases.LISTENING
    if said & _OWN:
        return None
    if asks:
        return phrases.NOTED if said & _set("ok okay oki") else None
    if said & _PRAISE:
        return phrases.PRAISED
    return phrases.NOTED if said & _CLOSING else None


def _drawn(text: str) -> str | None:
    """A message of emoji or smileys alone; mere punctuation is nothing."""
    signs = {sign for sign in text if unicodedata.category(sign) == "So"}
    if not signs and not _SMILEY.search(text):
        return None
    if signs & _LAUGHING:
        return phrases.LAUGHED
    return phrases.THANKS if not signs or signs & _GLAD else phrases.DRAWN
