"""French words of the console that pages and routes share."""

from __future__ import annotations

MONTHS = ("janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc.")

OUTCOMES = {
    "answered": "Répondue",
    "clarification": "Précision demandée",
    "abstained": "Sans réponse",
    "handoff": "Vers une personne",
    "smalltalk": "Conversation",
    "blocked": "Écartée",
}
VERDICTS = {"answer": "répondre", "clarify": "demander une précision", "abstain": "dire qu’on ne sait pas"}
VOTES = {"up": "Utile", "down": "Pas utile"}
HANDLED = {
    "": "–",
    "todo": "À traiter",
    "variant": "Formulation ajoutée",
    "entry": "FAQ modifiée",
    "out": "Hors FAQ",
    "case": "Cas de test",
    "seen": "Sans suite",
}
ROLES = {"lecteur": "Lecteur", "editeur": "Éditeur", "administrateur": "Administrateur"}
ROLE_HINTS = {
    "lecteur": "voit tout, ne change rien",
    "editeur": "modifie et publie la FAQ",
    "administrateur": "gère aussi les comptes et les jetons",
}
SCOPES = {
    "questions": "Questions reçues et essais",
    "faq": "FAQ et brouillons",
    "publication": "Publication et retour en arrière",
    "evaluations": "Évaluations",
    "administration": "Comptes, jetons et journal",
}
STYLES = {
    "": "Celui du service",
    "verbatim": "Phrases de la FAQ",
    "auto": "Automatique",
    "generated": "Rédigé par le modèle",
}
GENERATORS = {"verbatim": "phrases de la FAQ"}
KINDS = {
    "question": "question",
    "variant": "autre formulation",
    "question_answer": "question et réponse",
    "sentence": "phrase de la réponse",
}
FEATURES = {
    "question": "Question ou formulation la plus proche",
    "question_answer": "Question et réponse ensemble",
    "sentence": "Phrase la plus proche",
    "lexical": "Mots communs",
    "agreement": "Accord des formulations",
    "lexical_agreement": "Accord des mots",
    "lexical_entry": "Mots de toute l’entrée",
    "discriminant": "Ce qui distingue l’entrée",
    "belonging": "Appartenance à l’entrée",
}
COSTS = {
    "wrong_answer": "une réponse fausse",
    "needless_refusal": "un refus inutile",
    "question_back": "une question en retour",
}
CASE_KINDS = {
    "paraphrase": "question ordinaire",
    "situation": "situation racontée",
    "keyword": "mots-clés",
    "typo": "avec des fautes",
    "sms": "style SMS",
    "formal": "très soutenue",
    "near": "proche de la FAQ, sans réponse",
    "far": "hors sujet",
}
CHANGES = {
    "variant": "Formulation ajoutée",
    "edit": "Entrée modifiée",
    "add": "Nouvelle entrée",
    "remove": "Entrée retirée",
    "gap": "Sujet hors FAQ",
    "text": "Texte du fichier",
}
PUBLICATIONS = {"publication": "Publication", "rollback": "Retour en arrière", "outside": "Hors console"}
STATES = {"done": "Faite", "failed": "Échouée", "interrupted": "Interrompue", "pending": "En cours"}
RATES = {
    "recall_at_1": "Bonne entrée en premier",
    "right_or_offered": "Bonne réponse, ou proposée",
    "answered_wrong": "Réponse fausse",
    "refused_wrongly": "Refus inutile",
    "near_answered": "Réponse hors FAQ",
}
"""The rates of an evaluation that the list of them shows; its report has the others."""
SPLITS = {"dev": "Mise au point", "test": "Contrôle"}
BANDS = {
    "": "Toutes",
    "faible": "Faible (moins de 50 %)",
    "moyenne": "Moyenne (50 à 80 %)",
    "forte": "Forte (80 % et plus)",
}
BAND_LIMITS = {"": (0, 9), "faible": (0, 4), "moyenne": (5, 7), "forte": (8, 9)}
PERIODS = {7: "7 jours", 30: "30 jours", 90: "90 jours", 365: "Un an"}

ACTIONS = {
    "publish": "Publication",
    "rollback": "Retour en arrière",
    "recover": "Reprise après interruption",
    "git": "Enregistrement git impossible",
    "draft": "Brouillon modifié",
    "discard": "Brouillon abandonné",
    "mark": "Questions classées",
    "case": "Cas de test ajouté",
    "erase": "Conversation effacée",
    "export": "Questions exportées",
    "evaluate": "Évaluation lancée",
    "login": "Connexion",
    "first": "Premier compte créé",
    "user": "Compte créé",
    "role": "Rôle changé",
    "active": "Accès changé",
    "link": "Lien de mot de passe créé",
    "password": "Mot de passe choisi",
    "token": "Jeton créé",
    "revoke": "Jeton révoqué",
    "purge": "Anciennes questions effacées",
}

DONE = {
    "brouillon": "Le changement est dans votre brouillon.",
    "publie": "C’est publié : les visiteurs ont la nouvelle version.",
    "retabli": "La version choisie est de nouveau en service.",
    "abandonne": "Le brouillon est abandonné.",
    "repris": "Le brouillon repart de la version actuelle.",
    "retire": "Le changement est retiré du brouillon.",
    "classe": "C’est noté.",
    "cas": "La question est ajoutée au jeu de questions de l’évaluation.",
    "efface": "La conversation est effacée.",
    "lance": "L’évaluation est lancée : elle prend quelques minutes.",
    "compte": "Le compte est créé.",
    "role": "Le rôle est changé.",
    "acces": "L’accès est changé.",
    "jeton": "Le jeton est révoqué.",
    "motdepasse": "Le mot de passe est changé.",
    "deconnecte": "Vous êtes déconnecté.",
}

BAD_LOGIN = "Identifiant ou mot de passe incorrect."
DEAD_LINK = "Ce lien n’est plus valable : demandez-en un autre à un administrateur."
PASSWORDS_DIFFER = "Les deux mots de passe diffèrent."
NO_LOGIN = "Donnez un identifiant."
BAD_ROLE = "Ce rôle n’existe pas."
NO_SCOPE = "Choisissez au moins une portée."
NO_NAME = "Donnez un nom."
NO_QUESTION = "Cette question n’existe plus : elle a été effacée, ou purgée."
NO_ENTRY = "Cette entrée n’existe pas, ou plus."
CHOOSE_ENTRY = "Choisissez une entrée."
CHOOSE_TOPIC = "Donnez un sujet."
CHOOSE_QUESTION = "Choisissez au moins une question."
NO_DRAFT = "Ce brouillon n’existe pas, ou plus."
NOT_YOURS = "Ce brouillon est celui d’une autre personne."
NO_REPORT = "Cette évaluation n’a pas de rapport."
BAD_ACTION = "Action inconnue."
OIDC_OFF = "La connexion par l’établissement n’est pas configurée."
OIDC_FAILED = "La connexion par l’établissement n’a pas abouti. Réessayez."
OIDC_REFUSED = "Votre compte d’établissement n’a pas accès à la console."
CHANGED_MEANWHILE = "Ce brouillon a changé depuis que vous avez ouvert cette page : vérifiez-le avant de publier."
EFFECT_STOPPED = "Le calcul de l’effet a été arrêté."
UNKNOWN_WEIGHT = "Poids inconnus : {names}."
NO_SCOPE_FOR = "Ce jeton n’a pas la portée nécessaire."
NOTHING_TO_CHANGE = "Rien à changer."
NO_USER = "Ce compte n’existe pas."
NO_SUCH_KEY = "Ce jeton n’existe pas, ou plus."
