"""French sentences about the sites of a service, for who runs it."""

from __future__ import annotations

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
NOT_TOML = "ce n’est pas du TOML ({reason})"
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
BAD_VALUE = "« {name} » : {reason}"
BAD_VALUE_MEND = "« guichet settings » dit ce que chaque réglage attend."
BAD_VARIABLE = "{variable} : {reason}"
SHARED = "« {name} » est déjà celui de {other}"
SHARED_MEND = "Donnez à chaque site le sien ; sans cette ligne, il est dans le dossier du site."
THE_SERVICE = "la FAQ du service"
THE_SITE = "« {slug} »"
REASONS = {
    "string_type": "un texte entre guillemets est attendu",
    "int_parsing": "un nombre entier est attendu",
    "int_type": "un nombre entier est attendu",
    "int_from_float": "un nombre entier est attendu",
    "float_parsing": "un nombre est attendu",
    "float_type": "un nombre est attendu",
    "bool_parsing": "true ou false est attendu",
    "bool_type": "true ou false est attendu",
    "path_type": "un chemin entre guillemets est attendu",
    "greater_than": "un nombre plus grand que {gt} est attendu",
    "greater_than_equal": "un nombre d’au moins {ge} est attendu",
    "less_than_equal": "un nombre d’au plus {le} est attendu",
    "string_too_short": "au moins {min_length} caractères sont attendus",
    "string_too_long": "au plus {max_length} caractères sont attendus",
    "literal_error": "une de ces valeurs est attendue : {expected}",
    "value_error": "{error}",
}
