"""French sentences about settings that can't be used, given by the environment, a .env file or a site's file."""

from __future__ import annotations

NUMBER = "un nombre est attendu"
WHOLE_NUMBER = "un nombre entier est attendu"
TEXT = "un texte entre guillemets est attendu"
YES_NO = "true ou false est attendu"
REASONS = {
    "string_type": TEXT,
    "string_unicode": "un texte en UTF-8 est attendu",
    "string_pattern_mismatch": "des minuscules sans accent, des chiffres et des tirets sont attendus, 60 au plus",
    "int_parsing": WHOLE_NUMBER,
    "int_parsing_size": WHOLE_NUMBER,
    "int_type": WHOLE_NUMBER,
    "int_from_float": WHOLE_NUMBER,
    "float_parsing": NUMBER,
    "float_type": NUMBER,
    "finite_number": NUMBER,
    "bool_parsing": YES_NO,
    "bool_type": YES_NO,
    "path_type": "un chemin entre guillemets est attendu",
    "greater_than": "un nombre plus grand que {gt} est attendu",
    "greater_than_equal": "un nombre d’au moins {ge} est attendu",
    "less_than_equal": "un nombre d’au plus {le} est attendu",
    "string_too_short": "au moins {min_length} caractères sont attendus",
    "string_too_long": "au plus {max_length} caractères sont attendus",
    "too_short": "au moins {min_length} caractères sont attendus",
    "literal_error": "une de ces valeurs est attendue : {expected}",
    "value_error": "{error}",
}
"""By pydantic's type of error."""
OTHER_REASON = "une autre valeur est attendue"

UNPRINTABLE = "un texte sans caractère de commande est attendu"
TOO_MUCH = "un nombre d’au plus {limit} est attendu"
LONG_PATH = "un chemin moins long est attendu"
NO_PATH = "un chemin est attendu"
BAD_ORIGIN = "« {origin} » : attendu, par exemple, https://www.exemple.fr, sans chemin ni joker"
BAD_ADDRESS = "une adresse qui commence par https:// est attendue"
BAD_DATABASE = "attendu, par exemple, sqlite:////var/lib/guichet/guichet.db ou postgresql://compte@serveur/base"
BAD_INDEX_DATABASE = "attendu, par exemple, postgresql://compte@serveur/base"
BAD_ROLE = "« {role} » : attendu lecteur, editeur ou administrateur"
TWO_MODELS = "choisissez entre GUICHET_LLM_LOCAL et GUICHET_LLM_BASE_URL"

UNREADABLE = "le fichier ne se lit pas ({reason})"
UNREADABLE_MEND = "Vérifiez que ce compte a le droit de lire ce fichier."
TOO_LARGE = "le fichier dépasse {limit} ko"
TOO_LARGE_MEND = "Un fichier .env tient en quelques lignes : un réglage par ligne."
NOT_UTF8 = "le fichier n’est pas en UTF-8"
NOT_UTF8_MEND = "Enregistrez-le en UTF-8."
NOT_A_SETTING = "la ligne ne se lit pas"
NOT_A_SETTING_MEND = "Écrivez un réglage par ligne, NOM=valeur ; refermez les guillemets ouverts."
EXPANDS = "les ${{…}} de « {name} » donnent un texte de plus de {limit} ko"
EXPANDS_MEND = "Écrivez la valeur elle-même."
BAD_VALUE = "{name} : {reason}"
BAD_VALUE_MEND = "« guichet settings » dit ce que chaque réglage attend."
