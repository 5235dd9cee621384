"""Every French sentence that reading and checking a FAQ can show its editors.

Messages say what is wrong, mends what to do. `{names}` are filled by the caller.
"""

from __future__ import annotations

# --- a source that can't be read (BadSource): (message, mend) ---------------------------------

MISSING = (
    "fichier ou dossier introuvable.",
    "Vérifiez le chemin, ou indiquez celui de votre FAQ : guichet ingest data/faq_fr.md",
)
UNREADABLE = ("le fichier ne peut pas être lu ({reason}).", "Vérifiez les droits d’accès au fichier.")
UNKNOWN_EXTENSION = (
    "le format « {extension} » n’est pas pris en charge.",
    "Utilisez un fichier Markdown (.md), JSON (.json), CSV (.csv, .tsv) ou Excel (.xlsx).",
)
EMPTY_FOLDER = (
    "ce dossier ne contient aucun fichier de FAQ.",
    "Placez-y un fichier Markdown (.md), JSON, CSV ou Excel (.xlsx).",
)
TOO_LARGE = (
    "le fichier est trop volumineux ({size} Mo ; la limite est de {limit} Mo).",
    "Répartissez les questions dans plusieurs fichiers.",
)
LONG_LINE = (
    "cette ligne est démesurée ({length} caractères).",
    "Vérifiez qu’il s’agit bien d’une FAQ, et allez à la ligne entre les paragraphes.",
)
NOT_UTF8 = (
    "le texte n’est pas enregistré en UTF-8.",
    "Dans votre éditeur, choisissez « Enregistrer avec l’encodage… », puis « UTF-8 ».",
)
BINARY = (
    "ce fichier n’est pas un fichier texte.",
    "Enregistrez la FAQ en texte brut (UTF-8), avec l’extension .md.",
)
FRONT_MATTER_OPEN = (
    "l’en-tête commence par « --- », mais ne se termine pas.",
    "Ajoutez une ligne « --- » sous les réglages de l’en-tête.",
)
FRONT_MATTER_BROKEN = (
    "l’en-tête n’est pas du YAML valide ({reason}).",
    ("Écrivez une ligne « clé: valeur » par réglage, et mettez entre guillemets les valeurs qui contiennent « : »."),
)
FRONT_MATTER_VALUE = (
    "dans l’en-tête, « {key} » doit être un texte.",
    "Écrivez « {key}: » suivi d’un texte sur la même ligne.",
)
NO_QUESTION = (
    "aucune question n’a été trouvée.",
    "Écrivez chaque question comme un titre (« ### Ma question ? »), suivie de sa réponse.",
)
GAP_TWICE = (
    "cette formulation figure déjà à la ligne {first}.",
    "Supprimez l’une des deux.",
)
GAP_LINE = (
    "ligne inattendue dans la liste des sujets hors FAQ.",
    "Écrivez un sujet par titre (« ## Parking »), puis une formulation par ligne, précédée d’un tiret.",
)
GAP_EMPTY = (
    "le sujet « {topic} » n’a aucune formulation.",
    "Ajoutez sous ce titre quelques questions de visiteurs, chacune précédée d’un tiret.",
)
BAD_JSON = (
    "le fichier JSON n’est pas valide ({reason}).",
    "Corrigez la syntaxe à cet endroit : virgule, guillemet ou accolade.",
)
TOO_DEEP = "structure trop profonde ou nombre trop long"
JSON_SHAPE = (
    "le fichier JSON doit contenir une liste de questions.",
    'Écrivez une liste d’objets [{{"question": "…", "réponse": "…"}}], ou {{"entries": […]}}.',
)
JSON_ITEM = (
    "l’élément n° {number} n’est pas un objet avec une question et une réponse.",
    'Écrivez-le sous la forme {{"question": "…", "réponse": "…"}}.',
)
BAD_XLSX = (
    "le classeur Excel ne peut pas être ouvert.",
    "Ouvrez-le dans Excel ou LibreOffice, puis enregistrez-le de nouveau au format .xlsx.",
)
BAD_CSV = (
    "le tableau CSV ne peut pas être lu ({reason}).",
    "Ouvrez-le dans un tableur, puis enregistrez-le de nouveau au format CSV UTF-8.",
)
NO_HEADER = (
    "le tableau n’a pas de colonnes « question » et « réponse ».",
    "Donnez ces noms aux colonnes, sur la première ligne du tableau.",
)
TABLE_TOO_LONG = (
    "le tableau dépasse {limit} lignes.",
    "Répartissez les questions dans plusieurs fichiers.",
)
