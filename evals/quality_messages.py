"""French sentences of the runs, the comparison and the gate, as staff read them."""

from __future__ import annotations

MODEL_AWAY = "le modèle ne répond pas ({reason}) : l’évaluation s’arrête, rien n’est compté comme faux"
MODEL_AWAY_MEND = "Vérifiez le serveur du modèle, ou évaluez sans lui : --style verbatim."
FOREIGN = "ce n’est pas la réponse d’un Guichet : {reason}"
NO_END = "la réponse s’est interrompue"
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
LOST = "{label} : {lost}, {won} (McNemar, {p}), perte significative à 95 %"
COSTLIER = "coût moyen d’une question : {mean} [{low} ; {high}] par rapport à la référence"
SOUND_LABEL = "visiteur bien servi"
RIGHT_LABEL = "bonne question trouvée en premier"
CRITICAL_FAILED = "{id} : « {question} » {outcome}"
ENTRY_GONE = "« {entry} » n’est plus dans l’index ; {n} questions en dépendent"
NOT_A_LIST = "une liste d’identifiants entre guillemets est attendue"
INDEX = "index"
FACTS_GONE = "« {entry} » ne dit plus ce qui en est attendu ({n} questions) : {facts}"
STRANGE_VECTORS = "{n} vecteurs sur {of} tirés au sort ne sont pas ceux de leur texte ({entries}) : refaites l’index"
STALE_DECISION = "l’index décide avec d’autres seuils que ceux de {path} ; guichet ingest le refait"
EXPIRED = "« {entry} » n’est plus valable depuis le {date} et ne sera pas trouvée ; {n} questions en dépendent."
LESS_ROBUST = (
    "questions mal écrites : {mean} points [{low} ; {high}] de visiteurs bien servis "
    "par rapport à la référence, perte significative à 99 %"
)
NOISED_LABEL = "visiteur bien servi, question perturbée ({noise})"
ENTRIES_DELETED = "{n} entrées supprimées de la FAQ : {entries}."
ENTRIES_ADDED = "{n} entrées ajoutées à la FAQ : {entries}."
ENTRIES_CHANGED = "{n} entrées dont le texte a changé : {entries}."
PARTS_CHANGED = {
    "decision_hash": "Les seuils et poids de la décision ont changé.",
    "encoder": "L’encodeur a changé.",
    "gaps_hash": "La liste des sujets hors FAQ a changé.",
}
MODEL_CHANGED = "Modèle de langue : {before} → {after}."
SETTING_CHANGED = "Réglage {name} : {before} → {after}."
CODE_CHANGED = "Version du programme : {before} → {after}."
ENTRY_LOST = "« {entry} » : {lost} questions perdues sur {n}, aucune gagnée"
WORST = "Les pires changements"
QUESTION, BEFORE, AFTER = "Question", "Avant", "Après"
SPREAD = (
    "{n} répétitions : {varied} questions sur {cases} changent d’une fois à l’autre ; "
    "visiteurs bien servis : de {low:.1f} à {high:.1f} %"
)
PERTURBATION, SERVED, POINTS = "Perturbation", "Bien servi", "Points perdus"
URL_ALONE = "--url s’emploie sans --index, --faq ni --model : c’est le service qui en décide"
NO_CASE = "aucune question de la part {split}"
IMPOSSIBLE = "L’évaluation n’a pas pu être faite : {reason}"
NOT_PUSHED = "Le résumé n’a pas pu être envoyé à {host} ({reason})."
MORE = "et {n} autres"
DATASET, ALL_DATASETS = "Jeu de questions", "Tous ensemble"
IDENTICAL = "Les deux fichiers de résultats sont identiques, aux temps près."
NOT_IDENTICAL = "Les deux fichiers de résultats diffèrent."
STATES = {"passed": "réussie", "failed": "en échec", "unfinished": "inachevée"}
RUN_COLUMNS = ("Évaluation", "État", "Réponses", "Bien servi")
BAD_LABEL = "ligne sans question, entry, answer, correct, complete ou tone ({reason})"
CRITERIA = {"correct": "exact", "complete": "complet", "tone": "ton"}
JUDGE_COLUMNS = ("Critère", "Oui", "Stable", "D’accord avec la main", "Kappa")
JUDGED = "Avis de {model} sur {n} réponses, {repeat} fois chacune ; il n’entre pas dans le contrôle."
UNREADABLE = "{n} avis illisibles sur {of}."
AGAIN = "{n} questions posées de nouveau parce que le modèle ou le service avait fait défaut"
NO_BASELINE = "Aucune évaluation antérieure de la même sorte : rien à comparer cette fois."
USED = "{asked} réponses en {seconds:.0f} s, {jobs} à la fois ; au plus {peak:.0f} Mo de mémoire."
WARNING = "À surveiller"
CAUSE = "Ce qui a changé depuis la référence"
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
COMPARED = "{n} questions communes : {won} améliorées, {lost} dégradées (McNemar sur « bien servi », {p})."
PRUNED = "{n} évaluations effacées."
