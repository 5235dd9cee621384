"""French sentences about the sites of a service, for who runs it."""

from __future__ import annotations

SITE_OPTION = "Site dont il s’agit, parmi ceux de GUICHET_SITES_DIR ; sans, la FAQ du service."
BAD_NAME = "« {name} » ne peut nommer un site"
BAD_NAME_MEND = (
    "Un nom de site est fait de minuscules sans accent, de chiffres et de tirets simples, 40 caractères au plus : il "
    "devient l’adresse, /f/<nom>/."
)
NO_FOLDER = "Le dossier des sites {folder} n’existe pas."
NO_FOLDER_MEND = "Créez-le, ou corrigez GUICHET_SITES_DIR ; « guichet sites add » y ajoute un site."
NOT_CONFIGURED = "Aucun dossier de sites n’est réglé."
NOT_CONFIGURED_MEND = "Donnez-le par GUICHET_SITES_DIR, par exemple GUICHET_SITES_DIR=sites."
NO_SUCH_SITE = "Il n’y a pas de site « {slug} » dans {folder}."
NO_SUCH_SITE_MEND = "« guichet sites list » les liste ; « guichet sites add {slug} » le crée."
UNREADABLE = "le fichier ne se lit pas ({reason})"
UNREADABLE_MEND = "Vérifiez que le service a le droit de lire ce fichier."
NOT_UTF8 = "le fichier n’est pas en UTF-8"
NOT_UTF8_MEND = "Enregistrez-le en UTF-8."
TOO_LARGE = "le fichier dépasse {limit} ko"
TOO_LARGE_MEND = "Un fichier de site tient en quelques lignes ; la foire aux questions est dans un autre fichier."
FILE_ON_REPLICAS = "« database_url » est un fichier de cette machine, or le service en a plusieurs (GUICHET_INDEX_URL)"
FILE_ON_REPLICAS_MEND = "Retirez cette ligne : le site aura un schéma à lui dans la base PostgreSQL du service."
EMPTY = "le fichier est vide, ou n’est pas encore écrit"
EMPTY_MEND = "Écrivez-y les réglages du site ; pour n’en donner aucun, une ligne de commentaire (#) suffit."
CUT_OFF = "le fichier ne finit pas par une fin de ligne : il est peut-être incomplet"
CUT_OFF_MEND = "Complétez-le, et finissez la dernière ligne par un retour à la ligne."
KEPT = "{reason} (les réglages d’avant restent en service)"
NOT_TOML = "ce n’est pas du TOML ({reason})"
TOO_DEEP = "trop d’imbrications"
LONG_NUMBER = "un nombre est trop long"
NOT_TOML_MEND = 'Écrivez un réglage par ligne, les textes entre guillemets : contact_email = "accueil@exemple.fr"'
UNKNOWN = "le réglage « {name} » n’existe pas"
UNKNOWN_MEND = (
    "« guichet settings » liste les réglages ; dans un fichier de site, leur nom est en minuscules et sans GUICHET_."
)
MEANT = "Vouliez-vous dire « {name} » ?"
OF_SERVICE = "« {name} » se règle pour tout le service, pas pour un site"
OF_SERVICE_MEND = "Retirez cette ligne ; réglez {variable} pour le service."
LOCAL_MODEL = "« {name} » chargerait un modèle de langue de plus dans le processus que les sites partagent"
LOCAL_MODEL_MEND = "Servez le modèle avec « guichet llm serve », et donnez au site llm_base_url et llm_model."
NOT_ALLOWED = "« {name} » ferait appeler {server} par ce service, ce que l’exploitant n’a pas permis"
NOT_ALLOWED_MEND = (
    "Pour le permettre : GUICHET_SITES_MAY_CALL={server} (plusieurs séparés par des virgules), ou donnez l’adresse par "
    "l’environnement, {variable}."
)
UNCLEAR = "« {name} » ne dit pas clairement quel serveur serait appelé"
UNCLEAR_MEND = "Donnez un seul serveur, par exemple postgresql://compte@serveur/base, sans autre option que sslmode."
BAD_VALUE = "« {name} » : {reason}"
BAD_VALUE_MEND = "« guichet settings » dit ce que chaque réglage attend."
BAD_VARIABLE = "{variable} : {reason}"
SHARED = "« {name} » est déjà celui de {other}"
SHARED_MEND = "Donnez à chaque site le sien ; sans cette ligne, il est dans le dossier du site."
THE_SERVICE = "la FAQ du service"
THE_SITE = "« {slug} »"
ADDED = "Site « {slug} » créé : {path}"
NEXT = (
    "Complétez la foire aux questions, {faq}, puis : guichet ingest --site {slug}\n"
    "Le service l’ouvre de lui-même à l’adresse {address}"
)
EXISTS = "le site « {slug} » existe déjà"
EXISTS_MEND = "Modifiez ce fichier, ou choisissez un autre nom."
NO_SITES = "Aucun site dans {folder} : « guichet sites add NOM » en crée un."
COLUMNS = ("Site", "Adresse", "FAQ", "Index", "Questions", "État")
STATE_OK, STATE_WARNING, STATE_BROKEN = "prêt", "à revoir", "en panne"
NO_INDEX = "pas d’index"
NO_INDEX_MEND = "Publiez-le : guichet ingest --site {slug}"
STALE = "l’index ne correspond plus à la foire aux questions"
SITE_FINE = "{slug} : {entries} questions, rien à signaler."
REMARK = "{path}:{line} : {severity} : {message}"
FAQ_UNUSABLE = "{path} : {reason}"
SERVED_SITE = "site « {slug} »"
SERVED_BROKEN = "site « {slug} », en panne : « guichet sites check {slug} »"
TEMPLATE = """\
# Site « {slug} », servi sous /f/{slug}/. Un réglage par ligne ; « guichet settings » les décrit tous, leur nom
# s’écrit ici en minuscules et sans GUICHET_. Ce qui n’est pas dit vient du service. Le service relit ce fichier
# dès qu’il change.

# Nom de l’établissement ; sans lui, le titre de la foire aux questions.
{institution}

# Foire aux questions : un fichier ou un dossier. Les chemins partent du dossier de ce fichier.
faq = {faq}

# À qui s’adresser quand la FAQ ne répond pas ; remplace le contact de la FAQ.
{contact_label}
{contact_email}
{contact_url}

# Sites web qui affichent l’assistant. Exactement ceux-là : ni sous-domaine, ni joker.
allowed_origins = {origins}

# Questions par minute : par visiteur, et tous visiteurs de ce site réunis.
# rate_limit_per_minute = 120
# rate_limit_global_per_minute = 1200

# Ce que coûtent une réponse fausse, un refus inutile et une demande de précision.
# cost_wrong_answer = 10.0
# cost_needless_refusal = 3.0
# cost_question_back = 1.0

# Modèle de langue, s’il y en a un. Sa clé se donne plutôt par l’environnement : {variable}
# Son serveur doit être celui du service, ou permis par GUICHET_SITES_MAY_CALL.
# llm_base_url = "http://localhost:11434/v1"
# llm_model = ""
"""
FAQ_TEMPLATE = """\
---
title: {title}
{contact}---

## Première rubrique

### Quelle est la première question de vos visiteurs ?

Écrivez ici la réponse.
"""
FAQ_TITLE = "Foire aux questions"
