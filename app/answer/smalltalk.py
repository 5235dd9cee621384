"""Messages that ask the FAQ nothing: courtesy, the wish for a person, insults, orders to the assistant.

Each gets a short reply without a search. Where a rule could swallow a question, the question
wins: what isn't surely small talk is searched for, and finding nothing is no harm.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from app.answer import phrases
from app.answer.courtesy import courtesy
from app.answer.languages import greeting_phrase
from app.answer.misuse import refusal
from app.core.french import STOPWORDS, fold, words
from app.core.texting import expand_sms
from app.core.types import Outcome

_BOT = r"(?:robots?|bot|chatbot|(?:chat|repondeur|systeme) automatique|humaine?|ia|intelligence artificielle|machine|programme|vraie personne|personne reelle|etre humain)\b"
_ROBOT = re.compile(
    r"\b(?:(?:tu|vous) (?:es|etes)|t'es|es[- ]tu|etes[- ]vous|je parle|parle[- ]t[- ]on|j'ai affaire|suis[- ]je)\b"
    rf"(?: (?:bien|vraiment|juste|donc|en fait|avec|a|reellement|en train de parler))*(?: une?)?(?: (?:vraie?|simple))* {_BOT}"
    rf"|\b(?:est[- ]ce|c'est)(?: (?:bien|vraiment))* une? (?:vraie? )?{_BOT}(?: qui (?:me )?(?:repond|parle|ecrit)\w*)?\W*$"
    r"|\bqui (?:es[- ]tu|etes[- ]vous)\b|\b(?:(?:tu|vous) (?:es|etes)|t'es) qui\b|\bqui (?:t'a|vous a) (?:cree|fait|programme|concu)\w*\b"
    r"|\bcomment [^.?!]{0,12}(?:(?:t'|vous )appell?e[sz]|appelle[- ]t[- ]on)\b|\bcomment t'appelles?[- ]tu\b"
    r"|\bcomment (?:tu )?t'appel\w+|\b(?:quel est|c'est quoi) (?:ton|votre) (?:petit )?(?:nom|prenom)\b(?! d)"
    r"|\bquel age (?:as[- ]tu|avez[- ]vous|tu as)\b|\b(?:tu es|t'es|es[- ]tu|etes[- ]vous|vous etes) (?:un )?(?:chatgpt|gpt|mistral|siri|alexa)\b"
)
_ABILITY = re.compile(
    r"(?:^|[.!?] ?|\b(?:bonjour|et|mais|alors),? )(?:que|quoi|qu'est[- ]ce que)\b[^.?!]{0,20}\b(?:tu|vous|sais[- ]tu|savez[- ]vous|peux[- ]tu|pouvez[- ]vous)\b"
    r"[^.?!]{0,12}\b(?:sais|savez|peux|pouvez|faire|sers|servez)\b[^.?!]{0,12}[?!. ]*$"
    r"|\ba quoi (?:tu sers|sers[- ]tu|vous servez|servez[- ]vous|ca sert)\b(?! (?:l|d|a|un|ce|quand|si)\b)"
    r"|^(?:et )?(?:tu peux|vous pouvez|tu sais|vous savez) (?:faire|m'aider a) quoi\b[^.?!]{0,12}[?!. ]*$"
    r"|\bcomment (?:est[- ]ce que )?tu (?:marches|fonctionnes)\b"
    r"|\bcomment (?:marche|fonctionne)[- ]?(?:t[- ]il )?(?:ce|cet) (?:chat|chatbot|robot|bot|assistant)\b"
    r"|^(?:aide|help|aidez[- ]moi|aide[- ]moi)[?!. ]*$"
    r"|^(?:bonjour,? )?(?:(?:tu peux|vous pouvez|peux[- ]tu|pouvez[- ]vous|pourriez[- ]vous) m'aider|j'ai besoin d'aide)(?: svp| s'il \w+ plait)?[?!. ]*$"
    r"|\b(?:sur quoi|a quelles? questions?|de quoi|en quoi)\b[^.?!]{0,12}\b(?:peux|pouvez|sais|savez|reponds|repondez)\b"
    r"[^.?!]{0,25}\b(?:repondre|parler|renseigner|aider|tu|vous)\W*$"
    r"|\bcomment (?:tu fonctionnes|fonctionnes[- ]tu|ca (?:marche|fonctionne) (?:ce|cet) (?:chat|chatbot|robot|bot|assistant|outil))\b"
)

_SOMEONE = (
    r"(?:une? (?:vraie? )?(?:humain|personne|conseill(?:er|ere)|agent|responsable|interlocut(?:eur|rice)|operat(?:eur|rice)|etre (?:humain|vivant)|secretaire|membre)"
    r"(?: humaine?| physique| reelle)?|quelqu'un|le standard|un de vos (?:agents|conseillers|collegues))\b"
)
_NOTHING_MORE = (
    r"(?: (?:du (?:secretariat|service|standard)|de (?:l'equipe|l'administration|la scolarite|la direction|chez vous|votre equipe|l'accueil|reel|vivant|competent)|au telephone|par telephone|en direct|"
    r"en vrai|maintenant|directement|rapidement|plutot|svp|s'il (?:te|vous) plait|merci|qui (?:peut|puisse|pourra|pourrait) m'aider|"
    r"d'humain|en chair et en os|la-bas|vite|aujourd'hui|tout de suite|et (?:pas|non) (?:a )?une? (?:robot|machine|bot|ia)))*"
    r"\s*(?:$|[.!?,;:(]| et | car | parce | pour (?:m'aider|en parler)| plutot| au lieu)"
)
_PERSON = re.compile(
    r"\b(?:parler(?! (?:anglais|francais|espagnol|allemand|italien|arabe))|discuter|echanger|joindre|contacter|avoir|voir|appeler|relation|transferer|transferez|pass(?:er|ez|e)|"
    rf"besoin|rencontrer|mettez|mets|veux|voudrais)\b[^.?!]{{0,30}}\b{_SOMEONE}{_NOTHING_MORE}"
    rf"|\bun (?:vrai |etre )?humain\b{_NOTHING_MORE}"
    r"|\b(?:parler|discuter|echanger|expliquer)\b[^.?!]{0,25}\bde vive voix\b"
    rf"|\b(?:donnez|donne|passez|passe)[- ]moi {_SOMEONE}"
    rf"|^\W*{_SOMEONE} (?:s'il \w+ plait|merci)\W*$"
    r"|\b(?:personne|quelqu'un) (?:a|avec) qui (?:je (?:peux|pourrais|puisse)|on peut|puis[- ]je) (?:parler|discuter|m'adresser)\W*$"
    r"|^\W*(?:un |une )?(?:vraie? )?(?:conseiller|conseillere|agent|operateur|contact|etre|personne)? ?"
    r"humaine?(?: svp| s'il \w+ plait| merci)?[?!. ]*$"
)
_PERSON_ASKED_ABOUT = re.compile(
    r"\b(?:es|etes|est|suis|parle)(?:[- ](?:tu|vous|ce|je|on))?(?: a| avec)? un (?:vrai |etre )?humain\b|\b(?:dois[- ]je|faut[- ]il|doit[- ]on|peut[- ]on|obligatoire|obliges?|quand|combien)\b"
)
_CALL_ASKED_ABOUT = re.compile(r"\b(?:qui|quand|comment|combien)\b")
_CALL_BACK = re.compile(
    r"\b(?:(?:pourrait|pourrai[st]|pouvez|pourriez|peut|peux|pourriez)\b[^.?!]{0,25}|veuillez |merci de |"
    r"(?:voudrais|souhaite|souhaiterais|aimerais|veux)\b[^.?!]{0,12} (?:qu'on |que (?:vous |quelqu'un |l'on )?))"
    r"(?:me |m')(?:re|r)?(?:appel\w+|contact\w+|telephon\w+)"
    r"(?: (?:svp|s'il|au \d\w*|au \+\d+|dans la|ce|cet|cette|demain|rapidement|vite|des|aujourd'hui|par telephone|au plus|sur mon|a mon|maintenant)\b.*)?\W*$"
    r"|\b(?:voudrais|souhaite|souhaiterais|aimerais|veux) (?:bien )?etre (?:rappele|contacte|recontacte)e?\b(?! (?:pour|quand|si) )"
    r"|^(?:\w+,? )?(?:rappelez|appelez|recontactez|telephonez|contactez)[- ]moi\b"
)
_COMPLAINT = re.compile(
    r"\b(?:je|j'|nous)\s?(?:souhait\w+|veux|voudrais|voulons|tiens a|aimerais|vais|dois|viens de)\b[^.?!]{0,25}"
    r"\b(?:reclamation|plainte|me plaindre)\b(?! (?:sur|concernant|pour|a propos|relativ|suite|au sujet|contre (?!vous|votre|l'etablissement|l'ecole|la direction)|de (?:mon|ma|la|bruit)|du|aupres|d'un))"
)

_SLUR = (
    r"(?:connards?|connasses?|encule[es]?|salopes?|salauds?|batards?|abruti[es]?|idiote?s?|imbeciles?|cretine?s?|fdp|ntm|"
    r"bouffons?|enfoires?|tocards?|trou du cul|pd|pedes?|tarlouzes?|negres?|bougnoules?|youpins?|sac a merde|grosse merde|gros naze)"
)
_INSULT = re.compile(
    rf"\b{_SLUR}\b|\b(?:va|allez) (?:te|vous) faire\b(?! (?:vacciner|rembourser|soigner|aider))|\b(?:ferme (?:ta|la)|ta) gueule\b|\bta mere\b|"
    r"\bferme[sz]?[- ]la\b\W*$|\bsale (?:robot|bot|ia|machine|con|conne|chien|race)\b|\bnique\b|\b(?:je t'|je vous )?(?:emmerde|encule)\b|\bcasse[- ]toi\b|\btg\b|\bespece d[e']\b|\bje vais (?:te|vous) (?:tuer|buter|crever|frapper|casser)\b|"
    r"\b(?:suce|sucer|bite|couilles|nudes?|baiser avec|coucher avec)\b"
)
_SWEARING = frozenset(
    [
        "putain",
        "pute",
        "merde",
        "bordel",
        "chier",
        "con",
        "cons",
        "conne",
        "connes",
        "debile",
        "debiles",
        "stupide",
        "stupides",
    ]
)
_YOU_ARE = r"(?:tu es|t'es|vous etes|es[- ]tu|etes[- ]vous|tu|vous|c'est|ca|quel(?:le)?|ce (?:chat|chatbot|bot|robot|site|truc|machin|service) est|ton|votre|(?:ta|ton|tes|votre|vos|la|cette) (?:reponses?|robot|chatbot|assistant))"
_FRUSTRATION = re.compile(
    rf"\b{_YOU_ARE}\b(?: \w+){{0,3}} (?:nuls?|nulles?|naze|bidon|incapables?|incompetente?s?|debiles?|stupides?|cons?|connes?|bete|betes|pourrie?s?|"
    r"lamentables?|pathetiques?|minables?|mauvaise?s?|moches?)\b|\b(?:sers|servez|sert) (?:(?:vraiment )?(?:a|strictement a) )?(?:rien|que dalle)\b"
    r"|\b(?:tu|vous) (?:ne |n')?(?:me )?(?:comprends|comprenez|captes|pigez|piges|entravez|m'ecoutes|m'ecoutez|lis|lisez|sais|savez|reponds|repondez)"
    r" (?:vraiment |decidement |absolument |strictement )?(?:rien|pas (?:a )?(?:ma|mes|la|ce que)|jamais|a cote)\b"
    r"|\b(?:tu|vous) (?:ne |n')?(?:m'as|m'avez|as|avez) (?:vraiment |toujours )?(?:rien|pas|mal) compris\b(?! (?:que|si|pourquoi)\b)"
    r"|\b(?:ca|cela|ce) ne (?:repond|m'aide|aide)\b|\b(?:ca|cela) (?:repond|m'aide) pas\b|\bne m'aide (?:pas|en rien)\b"
    r"|\bpas (?:du tout )?(?:ce que j'ai demande|ma question|ce que je (?:demande|cherche|veux|voulais))\b|\ba cote de la plaque\b|\bhors sujet\b"
    r"|\bn'importe quoi\b|\bbon a rien\b|\binutiles?\W*$|\b(?:marre|ras[- ]le[- ]bol)(?:\W*$| de (?:ce (?:robot|chat|chatbot|bot|site|truc)|toi|tes|vos)\b)|\bperte de temps\b|\b(?:ca|tu) m'(?:enerve|agace|saoule|soule)s?\b"
)
_MAX_WORDS = 14
"""Longer messages tell a story: a word of theirs says little about what they want."""
_MAX_ANGRY = 12
_QUESTION = re.compile(
    r"\b(?:comment|combien|quand|pourquoi|quel(?:le)?s?|est[- ]ce que|puis[- ]je|peut[- ]on|dois[- ]je|faut[- ]il)\b"
)


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply that needs no search; `{contact}` is left for the caller to fill."""

    outcome: Outcome
    text: str


def reply_to(message: str) -> Reply | None:
    """The fitting reply when the message is no question to the FAQ, else None."""
    if phrase := greeting_phrase(message):
        return Reply("smalltalk", phrase)
    if phrase := refusal(message):
        return Reply("blocked", phrase)
    text = fold(expand_sms(message)).strip()
    if wants_person(text):
        return Reply("handoff", phrases.HANDOFF)
    if len(text.split()) > _MAX_WORDS:
        return None
    if phrase := courtesy(text):
        return Reply("smalltalk", phrase)
    if _ROBOT.search(text):
        return Reply("smalltalk", phrases.ROBOT)
    if _ABILITY.search(text):
        return Reply("smalltalk", phrases.ABILITY)
    return _anger(text)


def wants_person(text: str) -> bool:
    """Whether `text` (folded) asks for a person, a call or a hearing, and says so in its own right."""
    length = len(text.split())
    if length <= 2 * _MAX_WORDS and (_COMPLAINT.search(text) or _CALL_BACK.search(text)):
        return not _CALL_ASKED_ABOUT.search(text)
    return length <= _MAX_WORDS and bool(_PERSON.search(text)) and not _PERSON_ASKED_ABOUT.search(text)


def _anger(text: str) -> Reply | None:
    """Insults and frustration; a question asked with a swear word is a question still."""
    said = {fold(word) for word in words(text)}
    if len(said) > _MAX_ANGRY or _QUESTION.search(_FRUSTRATION.sub(" ", text)):
        return None
    if _INSULT.search(text) or (said & _SWEARING and len(said - STOPWORDS - _SWEARING) <= 1):
        return Reply("blocked", phrases.INSULT)
    if _FRUSTRATION.search(text):
        return Reply("smalltalk", phrases.FRUSTRATED)
    return None
