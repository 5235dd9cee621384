"""French sentences and labels of the evaluation, as staff read them."""

from __future__ import annotations

from evals.quality_messages import NOISES as NOISES_OF_RUNS

FIGURE, VALUE, INTERVAL, COUNT = "Mesure", "Valeur", "Intervalle à 95 %", "Sur"
LABELS = {
    "recall_at_1": "bonne question trouvée en premier",
    "recall_at_3": "… parmi les trois premières",
    "recall_at_5": "… parmi les cinq premières",
    "mrr": "rang réciproque moyen (MRR)",
    "ndcg_at_10": "gain cumulé normalisé sur dix (nDCG@10)",
    "answered_right": "répondu à partir de la bonne question",
    "right_or_offered": "… ou proposée au choix",
    "answered_wrong": "répondu à côté",
    "asked_back": "précision demandée",
    "refused_wrongly": "refusé à tort",
    "facts_shown": "faits attendus présents dans la réponse",
    "fact_recall": "part des faits attendus qui sont montrés",
    "source_precision": "part des sources citées qui sont justes",
    "source_recall": "part des sources attendues qui sont citées",
    "grounded": "réponses dont chaque phrase est dans la FAQ",
    "multi_one_part_right": "double question : au moins une partie juste",
    "multi_all_parts": "… toutes les parties",
    "multi_some_part_wrong": "… une partie à côté",
    "followup_right": "question de suite : bonne question répondue ou proposée",
    "followup_answered_right": "… répondue",
    "followup_answered_wrong": "… répondu à côté",
    "followup_unanswered": "… hors FAQ : répondu quand même",
    "near_answered": "hors FAQ, sujet proche : répondu quand même",
    "far_answered": "hors FAQ, sujet lointain : répondu quand même",
    "talk_right": "politesses, demandes d’humain, attaques : réaction juste",
    "expected_calibration_error": "erreur de calibration de la confiance",
    "auroc_right": "séparation confiance juste / fausse (AUROC)",
    "area_under_risk_coverage": "risque moyen selon la part répondue (AURC)",
    "auroc_near": "séparation confiance / sujets proches (AUROC)",
    "auroc_far": "séparation confiance / sujets lointains (AUROC)",
    "recall_at_1_day_one": "sans variantes (premier jour) : bonne question en premier",
    "auroc_near_covered": "… quand la liste hors FAQ connaît le sujet",
    "p50_ms": "temps de réponse médian (ms)",
    "p95_ms": "temps de réponse, 95ᵉ centile (ms)",
    "first_text_p50_ms": "temps jusqu’au premier texte, médian (ms)",
    "first_text_p95_ms": "temps jusqu’au premier texte, 95ᵉ centile (ms)",
    **{f"loss_{name}": f"part perdue quand la question est écrite : {said}" for name, said in NOISES_OF_RUNS.items()},
}
ASKING = "Questions posées"
FAILED_FLOOR = "{label} : {value}, sous le plancher de {limit}{margin}"
FAILED_CEILING = "{label} : {value}, au-dessus du plafond de {limit}{margin}"
PASSED = "Tous les planchers sont tenus."
WRITTEN = "Détail écrit dans {folder}."
BAD_GATE = "seuils illisibles ({reason})"
MARGIN = " (marge : {margin})"
UNKNOWN_FIGURE = "mesure inconnue : {name}"
FIGURES_MEND = "docs/evaluation.md donne le nom de chaque mesure."

# --- guichet encoder compare ---
NO_FILE = "fichier absent ou illisible"
BEIR_MEND = "Un jeu au format BEIR contient corpus.jsonl, queries.jsonl et qrels.tsv (ou qrels/test.tsv)."
NO_LINE = "ligne sans identifiant (_id) ou sans texte (text)"
NO_LINE_MEND = "Chaque ligne est un objet JSON avec au moins _id et text."
NO_JUDGEMENT = "jugement illisible"
NO_JUDGEMENT_MEND = "Colonnes attendues, séparées par des tabulations : query-id, corpus-id, score."
UNKNOWN_ENTRY = "la question {query} désigne l’entrée {entry}, absente de corpus.jsonl"
UNKNOWN_ENTRY_MEND = "Corrigez l’identifiant ou ajoutez l’entrée."
NO_QUERY = "aucune question jugée (partie : {split})"
NO_QUERY_MEND = "Vérifiez qrels.tsv et le champ split des questions."
NO_UNANSWERED = "ligne sans texte"
NO_UNANSWERED_MEND = "Colonnes attendues, séparées par des tabulations : query-id, corpus-id, text."
NO_DATASET = "aucun jeu de questions dans ce dossier"
MEASURING = "Mesure de {encoder} sur {data}"
WAYS = {
    "question": "d’après la question",
    "question+answer": "d’après question et réponse",
    "fusion": "d’après les deux",
}
NOISES = {
    "no_accents": "sans accents",
    "typos": "fautes de frappe",
    "by_sound": "écrit comme on l’entend",
    "sms": "en SMS",
}
DATASET_TITLE = "{name} : {queries} questions sur {entries} entrées"
GAIN = "écart de R@1"
SEPARATION = "AUROC, avec ou sans réponse"
NOISE_TITLE = "R@1 quand la question est mal écrite (écart avec la même bien écrite)"
COSTS_TITLE = "Ce qu’il en coûte"
DISK, P50, RESIDENT = "Disque (Mo)", "Une question, un fil (ms)", "Mémoire du processus (Mo)"
UNKNOWN = "–"
INTERVALS = "Entre crochets : intervalle à 95 % (rééchantillonnage des questions)."

# --- python -m evals.ablation ---
ALL, WITHOUT = "tout", "sans {name}"
EVIDENCE = "indices ({count} questions de développement)"
INPUTS = "entrées de « la FAQ répond-elle ? » ({count} questions de développement)"
SURENESS_INPUTS = "entrées de « la première répond-elle ? » ({count} questions de développement)"
SURPRISE = "perte log."
SCOPE_MEASURES = ("AUROC, sujet proche non listé", "AUROC, sujet listé", "perte log.")

# --- python -m evals.composer ---
COMPOSED = ("Questions", "Nombre", "Tout y est", "Besoins présents", "Conditions perdues", "Part des mots montrée")
BREADTHS = {"narrow": "précises", "broad": "larges"}
OWN_FAQ, MADE_UP = "notre FAQ", "autres FAQ"
MISSING = "{question} Il manque : {missing}"
