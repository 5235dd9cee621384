"""French sentences of `guichet doctor`."""

from __future__ import annotations

STATES = {"ok": "✓", "warning": "!", "failed": "✗"}
FINE = "Tout est en ordre."
WARNINGS = "{n} point(s) à surveiller, rien ne bloque."
FAILURES = "{n} point(s) à corriger."
CRASHED = "le contrôle a échoué ({reason})"
CRASHED_MEND = "Relancez avec GUICHET_LOG_LEVEL=debug et signalez-le."

PYTHON, SETTINGS, SECRETS, FAQ, INDEX, FRESH, ENCODER = (
    "Python",
    "Réglages",
    "Secrets",
    "FAQ",
    "Index",
    "Index et FAQ",
    "Encodeur",
)
STORE, RETENTION, WRITING, DISK, CLOCK, PORT, MODEL, CONSOLE, ADDRESSES = (
    "Base de données",
    "Conservation",
    "Droits d’écriture",
    "Disque",
    "Horloge",
    "Port",
    "Modèle de langue",
    "Console",
    "Adresses",
)

REPLICAS = "Plusieurs machines"
SITES = "Sites"
SITES_FINE = "{n} site(s) dans {folder}."
SITE_FILE = "Fichier du site"
SITE_KEPT = " Un service qui tourne garde les réglages d’avant."
SITE_FILE_FINE = "{path} est lu sans faute."
OF_SITE = "{site} · {part}"
IN_FILE = "« {name} » dans {slug}.toml"

PYTHON_FINE = "Python {version}, Guichet {guichet}."
PYTHON_OLD = "Python {version} n’est pas pris en charge."
PYTHON_MEND = "Installez Python 3.11 à 3.14, puis « make install »."
PART_MISSING = "Il manque une partie de Guichet : {name}."
PART_MEND = "Réinstallez avec « make install »."

SETTINGS_FINE = "{n} réglage(s) donné(s), tous connus."
SETTINGS_UNKNOWN = "Réglage inconnu, donc sans effet : {names}."
SETTINGS_MEND = "Corrigez le nom ; « guichet settings » les liste."
ENV_OPEN = "{path} contient des secrets et d’autres comptes de la machine peuvent le lire."
ENV_MEND = "chmod 600 {path}"
UNSIGNED = "GUICHET_SECRET n’est pas donné : les conversations en cours sont oubliées à chaque redémarrage."
UNSIGNED_MEND = "Donnez-en un d’au moins 16 caractères, par exemple celui de « openssl rand -hex 32 »."
SECRETS_FINE = "GUICHET_SECRET est donné ; aucun fichier de réglages n’est lisible par d’autres."

FAQ_FINE = "{n} questions, {warnings} remarque(s)."
FAQ_ERRORS = "{n} erreur(s) empêchent de publier ; la première : {first}"
FAQ_MEND = "« guichet ingest --check » les montre toutes."
FAQ_EMPTY = "La FAQ ne contient aucune question."
FAQ_EMPTY_MEND = "Vérifiez GUICHET_FAQ."

INDEX_FINE = "{version} : {entries} questions, {files} fichiers conformes à leur empreinte."
FRESH_FINE = "L’index est celui de la FAQ."
FRESH_PINNED = "La version {version} est retenue après un retour en arrière ; la FAQ a changé depuis."
FRESH_PINNED_MEND = "« guichet ingest » publie la FAQ telle qu’elle est."
FRESH_STALE = "La FAQ a changé depuis la version {version}."
FRESH_STALE_MEND = "Lancez « guichet ingest »."

ENCODER_FINE = "{id}, fichiers conformes, celui de l’index."
ENCODER_ALONE = "{id}, fichiers conformes."
ENCODER_OTHER = "{id} n’est pas l’encodeur de l’index ({made_by})."
ENCODER_MEND = "Relancez « guichet ingest » avec le même GUICHET_ENCODER."

STORE_FINE = "{url} : ouverte, schéma {revision}."
STORE_NEW = "{url} n’existe pas encore ; le service la créera."
STORE_NEW_MEND = "Rien à faire avant le premier « guichet serve »."
STORE_BEHIND = "{url} : schéma {revision}, ce programme attend {head}."
STORE_BEHIND_MEND = "Sauvegardez la base ; le prochain démarrage la mettra à jour (docs/operations.md)."
STORE_AHEAD = "{url} : le schéma {revision} est celui d’une version plus récente de Guichet."
STORE_AHEAD_MEND = "Réinstallez cette version, ou restaurez la sauvegarde faite avant la mise à jour."
STORE_AWAY = "{url} ne répond pas ({reason})."
STORE_AWAY_MEND = "Vérifiez GUICHET_DATABASE_URL et que la base est démarrée."
STORE_DAMAGED = "{url} est endommagée ({reason})."
STORE_DAMAGED_MEND = "Restaurez la dernière sauvegarde (docs/operations.md)."

RETENTION_FINE = "Rien de plus vieux que {days} jours."
RETENTION_LATE = "Des questions ont plus de {days} jours ; la plus ancienne est du {oldest:%d/%m/%Y}."
RETENTION_MEND = "Le service les efface toutes les heures ; s’il est arrêté, lancez « guichet purge »."

WRITING_FINE = "{n} dossier(s) accessibles en écriture."
WRITING_FAILED = "{path} n’est pas accessible en écriture."
WRITING_MEND = "Donnez-en le droit au compte qui fait tourner Guichet ({user})."

DISK_FINE = "{free} Mo libres dans {path}."
DISK_LOW = "Il ne reste que {free} Mo dans {path}."
DISK_MEND = "Libérez de la place ; GUICHET_INDEX_KEEP règle le nombre de versions de l’index gardées."

CLOCK_FINE = "{now:%d/%m/%Y %H:%M} UTC."
CLOCK_WRONG = "L’horloge dit {now:%d/%m/%Y %H:%M} UTC, or {what} est du {then:%d/%m/%Y %H:%M}."
CLOCK_MEND = "Réglez l’heure (timedatectl set-ntp true) : durées de conservation et sessions en dépendent."

PORT_FREE = "{host}:{port} est libre."
PORT_OURS = "Guichet {version} répond sur {host}:{port}."
PORT_TAKEN = "Un autre programme écoute sur {host}:{port}."
PORT_MEND = "Arrêtez-le, ou changez GUICHET_PORT."
PORT_REFUSED = "{host}:{port} ne peut pas être ouvert ({reason})."
PORT_REFUSED_MEND = "Changez GUICHET_HOST ou GUICHET_PORT."
NOT_READY = "Guichet répond sur {host}:{port} mais n’est pas prêt : {reason}"
NOT_READY_MEND = "Corrigez les points ci-dessus ; le service reprend de lui-même."

MODEL_NONE = "Aucun : les réponses sont composées avec les phrases de la FAQ."
MODEL_FINE = "{url} répond et propose « {model} »."
MODEL_UNNAMED = "GUICHET_LLM_BASE_URL est donné sans GUICHET_LLM_MODEL : aucun modèle n’est interrogé."
MODEL_UNNAMED_MEND = "Donnez GUICHET_LLM_MODEL."
MODEL_UNKNOWN = "{url} ne propose pas « {model} » mais {others}."
MODEL_UNKNOWN_MEND = "Corrigez GUICHET_LLM_MODEL. En attendant, les réponses sont composées."
MODEL_AWAY = "{url} ne répond pas comme attendu ({reason})."
MODEL_AWAY_MEND = (
    "Vérifiez le serveur, GUICHET_LLM_BASE_URL et GUICHET_LLM_API_KEY. En attendant, les réponses sont composées."
)
MODEL_LOCAL = "{model}, chargé dans ce processus."
MODEL_LOCAL_MISSING = "GUICHET_LLM_LOCAL demande des paquets qui ne sont pas installés."
MODEL_LOCAL_MEND = "pip install 'guichet[models]'"

CONSOLE_OFF = "La console n’est pas servie."
CONSOLE_FINE = "{n} administrateur(s) peuvent se connecter."
CONSOLE_EMPTY = "Aucun administrateur ne peut se connecter."
CONSOLE_MEND = "« guichet staff link » donne le lien pour créer le premier."

ADDRESSES_FINE = "{n} site(s) autorisé(s)."
ADDRESSES_NONE = "aucun site n’est autorisé à afficher l’assistant"
ADDRESSES_NONE_MEND = "Donnez GUICHET_ALLOWED_ORIGINS si l’assistant est affiché sur un autre site que celui-ci."
ADDRESSES_PLAIN = "{address} n’est pas en https"
ADDRESSES_PLAIN_MEND = "Servez Guichet derrière un mandataire TLS (docs/operations.md)."
ADDRESSES_OIDC = "la connexion par OpenID Connect demande GUICHET_PUBLIC_URL"
ADDRESSES_OIDC_MEND = "Donnez l’adresse publique du service."
