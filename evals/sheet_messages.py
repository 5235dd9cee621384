"""French labels of the sheets in which staff edit cases."""

from __future__ import annotations

COLUMNS = {
    "id": "identifiant",
    "question": "question",
    "kind": "genre",
    "entries": "entrées attendues",
    "facts": "faits attendus",
    "topic": "thème",
    "split": "part",
    "history": "messages précédents",
}
DECISION, KEEP, DROP = "décision", "garder", "écarter"
WIDTHS = {
    "question": 60, "entrées attendues": 45, "faits attendus": 35, "messages précédents": 45, "genre": 24,
    "ce que l’assistant répond": 60, "pourquoi": 40, "origine": 16, DECISION: 12,
}  # fmt: skip
CHOICES = {COLUMNS["split"]: ("dev", "test"), DECISION: (KEEP, DROP)}
SHEET, KINDS_SHEET, ENTRIES_SHEET, HELP_SHEET = "Questions", "Genres", "Entrées", "Mode d’emploi"
ENTRY_COLUMNS = ("identifiant", "question de la FAQ", "rubrique")
HELP = (
    "Une ligne par question posée à l’assistant lors des évaluations.",
    "identifiant : laissez-le tel quel ; vide pour une nouvelle question, il sera attribué à l’import.",
    "genre : comment la question est posée, ou pourquoi la FAQ n’y répond pas (liste déroulante).",
    "entrées attendues : les identifiants des entrées qui répondent, un par ligne dans la cellule (Alt+Entrée).",
    "La feuille « Entrées » les donne. Vide quand la FAQ ne répond pas.",
    "faits attendus : ce que la bonne réponse doit montrer, un par ligne ; majuscules ou non, peu importe.",
    "Ce sont des expressions régulières. Exemple : deux sessions|2 sessions",
    "thème : pour les questions hors FAQ, leur sujet. Vide pour les autres.",
    "part : dev (peut être lue en mettant au point) ou test (ne sert qu’à mesurer). Vide : celle de l’entrée.",
    "messages précédents : pour une question de suite, ce que le visiteur avait écrit avant, un message par ligne.",
    "N’écrivez aucune donnée personnelle. Ne recopiez pas ici une variante de la FAQ : elle ne mesurerait rien.",
    "Ensuite : guichet eval import FICHIER. Rien n’est pris si une seule ligne a un défaut.",
)
BAD_SUFFIX = "ce n’est ni un fichier .csv ni un fichier .xlsx"
BAD_SUFFIX_MEND = "Terminez son nom par .csv ou .xlsx."
UNREADABLE = "fichier absent ou illisible"
UNREADABLE_MEND = "Vérifiez son nom et le droit de le lire."
EMPTY = "la feuille est vide"
EMPTY_MEND = "guichet eval export en écrit une avec ses colonnes."
NO_COLUMN = "colonne absente : {names}"
COLUMNS_MEND = "Les colonnes sont : {names}."
BAD_KIND = "genre inconnu : « {value} »"
ONE_OF = "L’un de : {choices}."
NO_QUESTION = "la question est vide"
NO_QUESTION_MEND = "Écrivez-la, ou supprimez la ligne."
BAD_TEXT = "caractère de commande dans : {names}"
BAD_TEXT_MEND = "Retapez le contenu de la cellule."
BAD_SPLIT = "part inconnue : « {value} »"
REPEATED = "identifiant « {id} » déjà pris à la ligne {line}"
REPEATED_MEND = "Videz-le : l’import en attribue un."
FAULTY = "Rien n’a été pris : {n} défauts."
IMPORTED = "{added} questions ajoutées, {changed} modifiées, {same} inchangées, {dropped} écartées."
WOULD_IMPORT = (
    "À prendre : {added} ajoutées, {changed} modifiées, {same} inchangées, {dropped} écartées "
    "(essai : rien n’est écrit)."
)
EXPORTED = "{n} questions écrites dans {path}."

# --- guichet eval suggest ---
ORIGIN, WHY, SAID = "origine", "pourquoi", "ce que l’assistant répond"
FROM_LOG, FROM_MODEL = "journal ({n} fois)", "modèle {model}"
REASONS = {
    "abstained": "l’assistant n’a pas su répondre",
    "clarification": "l’assistant a demandé une précision",
    "unsure": "répondu avec peu de confiance ({confidence:.2f})",
    "answered": "répondu avec confiance ({confidence:.2f})",
    "model": "pour l’entrée « {entry} »",
}
SUGGESTED = (
    "{n} propositions écrites dans {path} ; relisez-les, écrivez « garder » ou « écarter », puis : "
    "guichet eval import {path}"
)
NOTHING = "Rien de neuf à proposer."
LEFT_OUT = "{known} questions déjà connues, {talk} politesses ou attaques, {short} trop courtes laissées de côté."
BAD_LOG = "journal illisible : {reason}"
BAD_LOG_MEND = "Un journal est en JSON Lines avec un champ « question », ou en CSV avec une colonne « question »."
NO_SOURCE = "indiquez --log, --entries, ou les deux"
IN_CASES = "une file de relecture n’entre pas dans le dossier des questions"
IN_CASES_MEND = "Choisissez un autre dossier : seules les lignes gardées y entrent, par guichet eval import."
