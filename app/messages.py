"""French sentences of the command line, for the staff and for who runs the service."""

from __future__ import annotations

MEND = "→ {mend}"
ROLLED_BACK = "La version {version} est de nouveau en service."
VERIFIED = "{version} : {entries} questions, {files} fichiers conformes."
NO_VERSIONS = "Aucune version d’index dans {folder}."
SERVING = "Guichet répond sur :"
DEMO = "page de démonstration"
FAQ_PAGE = "toutes les questions"
API = "documentation de l’API"
CONSOLE = "console du personnel"
FIRST_LINK = (
    "Personne ne peut encore se connecter à la console. Pour créer le compte administrateur "
    "(lien valable 48 h, une seule fois) :\n  {url}"
)
PORT_TAKEN = "Le port {port} est déjà utilisé."
PORT_MEND = "Choisissez-en un autre : « guichet serve --port 8001 » ou « make run PORT=8001 »."
SOURCES = "Sources"
SUGGESTIONS = "Voir aussi"
OUTCOMES = {
    "answered": "Réponse",
    "clarification": "Précision demandée",
    "abstained": "Sans réponse",
    "handoff": "Vers une personne",
    "smalltalk": "Conversation",
    "blocked": "Sans suite",
}
CONFIDENCE = "confiance {confidence:.0%} · {generator} · {ms:.0f} ms"
EMPTY_QUESTION = "La question est vide."
LONG_QUESTION = "La question dépasse {limit} caractères."
STYLE_UNKNOWN = "Style inconnu : « {style} »."
STYLE_MEND = "Choisissez generated ou verbatim."
BAD_SETTING = "Réglage non valable : {name} ({reason})."
BAD_SETTING_MEND = (
    "Corrigez la variable d’environnement ou le fichier .env ; « guichet settings » décrit chaque réglage."
)
SETTING, VALUE, DEFAULT, MEANING = "Réglage", "Valeur", "Par défaut", "Sens"
VERSION, CREATED, ENCODER, ENTRIES, PASSAGES, LIVE = (
    "Version",
    "Créée le",
    "Encodeur",
    "Questions",
    "Passages",
    "En service",
)
STEPS = {
    "language": "Langue de la question",
    "search": "Recherche",
    "decide": "Décision",
    "parts": "Questions séparées",
    "style": "Choix de la rédaction",
    "compose": "Composition",
    "generate": "Rédaction par le modèle",
}
LICENCE = "licence {licence}"
NO_GGUF = "ce fichier n’existe pas."
NOT_GGUF = "ce n’est pas un fichier GGUF."
NO_GGUF_MEND = "Donnez le fichier .gguf d’un modèle de dialogue (« instruct »)."
NO_LLM_EXTRA = "« guichet llm serve » demande xllamacpp et gguf, qui ne sont pas installés."
INSTALL_LLM = "Installez-les : pip install 'guichet[llm]'."
LOADING_MODEL = "Chargement de {card}…"
MODEL_SERVED = "{name} est prêt. Pour que Guichet s’en serve :"
NOT_SERVED = "llama.cpp n’a pas pu servir {path} ; la raison est dans les lignes qui précèdent."
NOT_SERVED_MEND = "Vérifiez que le port est libre, que le modèle est entier et qu’il tient en mémoire (--context)."
