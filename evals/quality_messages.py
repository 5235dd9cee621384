"""French sentences of the runs, the comparison and the gate, as staff read them."""

from __future__ import annotations

MODEL_AWAY = "le modèle ne répond pas ({reason}) : l’évaluation s’arrête, rien n’est compté comme faux"
MODEL_AWAY_MEND = "Vérifiez le serveur du modèle, ou évaluez sans lui : --style verbatim."
SIGNS_OF_ABSENCE = ("injoignable", "en panne", "laissé au repos", "n’est pas chargé", "a refusé la demande")
"""What the sentence of a model's failure holds when it is the server that is away (app/answer/failures.py)."""
AWAY = "{url} ne répond pas ({reason}) : l’évaluation s’arrête, rien n’est compté comme faux"
AWAY_MEND = "Vérifiez l’adresse et que le service est prêt (/api/ready)."
BAD_URL = "l’adresse doit commencer par http:// ou https://"
NO_MODEL = "aucun modèle n’est configuré"
NO_MODEL_MEND = "Renseignez GUICHET_LLM_BASE_URL et GUICHET_LLM_MODEL."
NO_VERSION = "aucune version de l’index de ce nom"
NO_VERSION_MEND = "guichet index list les donne."
NO_RUN = "aucune évaluation terminée de ce nom"
NO_RUN_MEND = "Donnez le nom d’un dossier de evals/runs, ou « last » pour la dernière de la même part."
OTHER_RUN = "cette évaluation a été commencée dans d’autres conditions ({names})"
OTHER_RUN_MEND = "Recommencez sans --resume."
FINISHED_RUN = "cette évaluation est terminée"
BAD_CRITICAL = "liste des questions critiques illisible ({reason})"
UNKNOWN_CRITICAL = "question critique inconnue : {id}"
RESUME = "Pour reprendre : guichet eval --resume {name}"
CHECK, DETAIL = "Contrôle", "Constat"
LIMIT, LOSS, CRITICAL, ENTRY = "seuil", "perte", "critique", "entrée"
LOST = "{label} : {lost} questions perdues, {won} gagnées (McNemar, p = {p:.4f}), perte significative à 95 %"
COSTLIER = "coût moyen d’une question : {mean:+.3f} [{low:+.3f} ; {high:+.3f}] par rapport à la référence"
SOUND_LABEL = "visiteur bien servi"
RIGHT_LABEL = "bonne question trouvée en premier"
CRITICAL_FAILED = "{id} : « {question} » {outcome}"
ENTRY_GONE = "« {entry} » n’est plus dans l’index ; {n} questions en dépendent"
ENTRY_LOST = "« {entry} » : {lost} questions perdues sur {n}, aucune gagnée"
WORST = "Les pires changements"
QUESTION, BEFORE, AFTER = "Question", "Avant", "Après"
SPREAD = "{n} répétitions : {varied} questions sur {cases} changent d’une fois à l’autre"
REPORT = "Rapport : {path}"
OUTCOMES = {
    "answered": "répondu",
    "clarification": "précision demandée",
    "abstained": "abstention",
    "handoff": "orienté vers une personne",
    "smalltalk": "politesse",
    "blocked": "bloqué",
}
NOISES = {
    "no_accents": "sans accents",
    "typos": "fautes de frappe",
    "doubled_letters": "lettres doublées",
    "dropped_letters": "lettres oubliées",
    "by_sound": "écrit comme on l’entend",
    "sms": "en SMS",
    "upper": "en capitales",
    "no_punctuation": "sans ponctuation",
    "politeness": "formules de politesse",
    "greeting": "bonjour avant",
    "aside": "phrase hors sujet autour",
}
KINDS = {
    "paraphrase": "reformulation",
    "situation": "situation vécue",
    "keyword": "mots-clés",
    "typo": "fautes",
    "sms": "SMS",
    "formal": "style soutenu",
    "multi": "plusieurs questions",
    "followup": "question de suite",
    "near": "hors FAQ, sujet proche",
    "far": "hors FAQ, sujet lointain",
    "smalltalk": "politesse",
    "handoff": "demande d’humain",
    "attack": "attaque",
}

# --- guichet eval lint, compare, prune ---
FACT_MISSING = "{id} : le fait « {fact} » n’est dans aucune des entrées attendues"
LEAK = "{id} : fuite, ressemble à {score:.0f} % à « {text} » ({entry})"
LINTED = "{n} questions relues, {faults} défauts."
NOTHING_SHARED = "Ces deux évaluations n’ont aucune question en commun."
COMPARED = "{n} questions communes : {won} améliorées, {lost} dégradées (McNemar sur « bien servi », p = {p:.3f})."
PRUNED = "{n} évaluations effacées."
