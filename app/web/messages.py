"""French sentences of the HTTP border, shown to visitors as they are."""

from __future__ import annotations

MALFORMED = "La requête est illisible : envoyez du JSON en UTF-8."
TOO_LARGE = "Votre message est trop long."
UNSUPPORTED = "Le contenu doit être envoyé en JSON (Content-Type: application/json)."
INVALID = "La requête n’est pas valable : {details}."
INVALID_FIELD = "champ « {field} » : {reason}"
EMPTY_MESSAGE = "écrivez une question"
LONG_MESSAGE = "la question ne peut dépasser {limit} caractères"
NOT_FOUND = "Cette page n’existe pas."
ENTRY_NOT_FOUND = "Cette question ne figure pas dans la foire aux questions."
CONVERSATION_NOT_FOUND = "Cette conversation n’est plus connue du service : demandez son effacement à l’établissement."
ANSWER_NOT_FOUND = "Cette réponse n’est plus connue : votre avis n’a pas pu être enregistré."
METHOD = "Cette opération n’est pas possible ici."
TOO_MANY = "Vous avez posé beaucoup de questions en peu de temps. Réessayez dans {seconds} s."
TOO_BUSY = "Beaucoup de questions sont posées en ce moment. Réessayez dans {seconds} s."
OVERLOADED = "L’assistant reçoit trop de demandes à la fois. Réessayez dans {seconds} s."
ORIGIN = "Ce site n’est pas autorisé à utiliser l’assistant."
UNAVAILABLE = "L’assistant n’est pas disponible pour le moment. Réessayez dans quelques instants."
STORE_AWAY = "Votre avis n’a pas pu être enregistré pour le moment. Réessayez dans quelques instants."
NO_SITE = "Aucun assistant n’est servi à cette adresse."
SITE_OPENING = "Cet assistant est en cours d’ouverture. Réessayez dans quelques instants."
SITE_BROKEN = "Cet assistant n’est pas disponible pour le moment. Réessayez plus tard."
SITE_BUSY = "Beaucoup de questions sont posées à cet assistant en ce moment. Réessayez dans quelques secondes."
SITE_CRASHED = "L’ouverture du site a échoué ; la raison est dans le journal."
LOGIN_NEEDED = "Connectez-vous pour continuer."
FORBIDDEN = "Votre compte ne permet pas cette opération."
CSRF = "La page a expiré : rechargez-la, puis recommencez."
TOO_SHORT = "Le mot de passe doit compter au moins {n} caractères."
TOO_SIMPLE = "Ce mot de passe est trop facile à deviner."
TOO_MANY_TRIES = "Trop de tentatives. Réessayez dans {seconds} s."
CONFLICT = "Cette opération n’est plus possible : quelque chose a changé entre-temps."
INTERNAL = "Une erreur est survenue. Réessayez dans quelques instants."

REASONS = {
    "missing": "il manque",
    "string_type": "un texte est attendu",
    "int_parsing": "un nombre entier est attendu",
    "int_type": "un nombre entier est attendu",
    "literal_error": "valeur inconnue",
    "string_too_long": "texte trop long",
    "string_too_short": "texte trop court",
    "greater_than_equal": "nombre trop petit",
    "less_than_equal": "nombre trop grand",
    "model_attributes_type": "un objet JSON est attendu",
    "dict_type": "un objet JSON est attendu",
    "string_unicode": "ce texte n’est pas de l’UTF-8 valide",
    "list_type": "une liste est attendue",
    "too_short": "la liste est vide",
    "string_pattern_mismatch": "ce format n’est pas accepté",
}
INVALID_VALUE = "valeur non valable"
DRAINING = "Le service s’arrête : il n’accepte plus de nouveaux visiteurs."
