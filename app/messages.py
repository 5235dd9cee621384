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
CHOSEN = "  {cores} cœur(s), {threads} recherche(s) à la fois, {queue} en attente au plus — {server}"
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
OTHER_GGUF = "ce ne sont pas les poids attendus : leur SHA-256 est {found}."
OTHER_GGUF_MEND = "Prenez le fichier dont l’empreinte a été notée, ou corrigez --sha256."
NO_LLM_EXTRA = "« guichet llm serve » demande xllamacpp et gguf, qui ne sont pas installés."
INSTALL_LLM = "Installez-les : pip install 'guichet[llm]'."
LOADING_MODEL = "Chargement de {card}…"
MODEL_SERVED = "{name} est prêt. Pour que Guichet s’en serve :"
NOT_SERVED = "llama.cpp n’a pas pu servir {path} ; la raison est dans les lignes qui précèdent."
NOT_SERVED_MEND = "Vérifiez que le port est libre, que le modèle est entier et qu’il tient en mémoire (--context)."
NO_ACCOUNT = "Ce compte n’existe pas."
NO_ACCOUNT_MEND = "« guichet staff users » les liste ; « guichet staff link » crée le premier."
HAS_ADMINISTRATOR = "Un administrateur existe déjà."
HAS_ADMINISTRATOR_MEND = "Donnez l’identifiant d’un compte : « guichet staff link IDENTIFIANT »."
NO_SUCH_DRAFT = "Il n’y a pas de brouillon {number}."
PURGED = "{n} question(s) effacée(s)."
ERASED = "{n} question(s) de cette conversation effacée(s)."
IN_DRAFT = "Brouillon {number} : {n} changement(s)."
DRAFT_PUBLISHED = "Publié : version {version}."
CONFLICT = "La FAQ a été modifiée ailleurs depuis : « guichet staff rebase » reprend ce brouillon."
USER_COLUMNS = ("Identifiant", "Nom", "Rôle", "Accès")
TOKEN_COLUMNS = ("N°", "Nom", "Compte", "Portées", "Début")
QUESTION_COLUMNS = ("N°", "Le", "Issue", "Question")
THEME_COLUMNS = ("Thème", "Questions", "7 jours", "Exemple")
DRAFT_COLUMNS = ("N°", "Auteur", "Changements", "Modifié")
PUBLICATION_COLUMNS = ("N°", "Le", "Par", "Version", "État", "Note")
AUDIT_COLUMNS = ("Le", "Par", "Action", "Objet", "Détail")
BACKED_UP = "{path} : {rows} lignes de {tables} tables, {files} fichiers."
BACKUP_EXISTS = "{path} existe déjà."
BACKUP_EXISTS_MEND = "Donnez un autre nom."
NOT_BACKUP = "{path} n’est pas une sauvegarde de Guichet ({reason})."
SITES_ON_REPLICAS = "Des sites sur plusieurs machines (GUICHET_SITES_DIR avec GUICHET_INDEX_URL)"
CONVERSATIONS_ON_REPLICAS = "Des conversations partagées (GUICHET_CONVERSATIONS_SHARED)"
APART_STORE = "{what} demandent une base PostgreSQL commune : celle-ci est un fichier de cette machine."
APART_STORE_MEND = "Donnez à chaque machine le même GUICHET_DATABASE_URL=postgresql://… (docs/deploy.md)."
APART_UNSIGNED = "{what} demandent un secret commun : sans lui, une machine ignore les conversations des autres."
APART_UNSIGNED_MEND = "Donnez à chaque machine le même GUICHET_SECRET, par exemple celui de « openssl rand -hex 32 »."
NOT_IN_BACKUP = "le site « {slug} » n’est pas dans cette sauvegarde"
NOT_IN_BACKUP_MEND = "Donnez le nom d’un site qui y est, ou retirez --site."
SITES_NOWHERE = "La sauvegarde contient des sites ({sites}), et aucun dossier de sites n’est réglé."
SITES_NOWHERE_MEND = "Donnez-le par GUICHET_SITES_DIR, par exemple GUICHET_SITES_DIR=sites."
SITE_LEFT_OUT = "Site « {slug} » : seul son fichier de réglages est sauvegardé ({reason})."
BACKED_UP_SITES = "{path} : {rows} lignes de {tables} tables, {files} fichiers, {sites} site(s)."
RESTORED_SITES = (
    "Restauré : {rows} lignes, {files} fichiers, {sites} site(s). Lancez « guichet ingest », « guichet ingest "
    "--every-site », puis « guichet doctor »."
)
NOT_BACKUP_MEND = "Donnez le fichier qu’a écrit « guichet backup »."
RESTORED = "Restauré : {rows} lignes, {files} fichiers. Lancez « guichet ingest », puis « guichet doctor »."
WOULD_REPLACE = "{path} existe déjà et diffère de la sauvegarde."
WOULD_REPLACE_MEND = "Mettez-le de côté, ou ajoutez --database-only pour ne restaurer que la base."
