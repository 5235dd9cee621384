"""French sentences and labels of the evaluation, as staff read them."""

from __future__ import annotations

FIGURE, VALUE, INTERVAL, COUNT = "Mesure", "Valeur", "Intervalle à 95 %", "Sur"
LABELS = {
    "recall_at_1": "bonne question trouvée en premier",
    "recall_at_3": "… parmi les trois premières",
    "answered_right": "répondu à partir de la bonne question",
    "right_or_offered": "… ou proposée au choix",
    "answered_wrong": "répondu à côté",
    "asked_back": "précision demandée",
    "refused_wrongly": "refusé à tort",
    "facts_shown": "faits attendus présents dans la réponse",
    "multi_one_part_right": "double question : au moins une partie juste",
    "near_answered": "hors FAQ, sujet proche : répondu quand même",
    "far_answered": "hors FAQ, sujet lointain : répondu quand même",
    "talk_right": "politesses, demandes d’humain, attaques : réaction juste",
    "expected_calibration_error": "erreur de calibration de la confiance",
    "auroc_near": "séparation confiance / sujets proches (AUROC)",
    "auroc_far": "séparation confiance / sujets lointains (AUROC)",
    "p50_ms": "temps de réponse médian (ms)",
    "p95_ms": "temps de réponse, 95ᵉ centile (ms)",
}
ASKING = "Questions posées"
FAILED_FLOOR = "{label} : {value:.3f}, sous le plancher de {limit:.3f}"
FAILED_CEILING = "{label} : {value:.3f}, au-dessus du plafond de {limit:.3f}"
PASSED = "Tous les planchers sont tenus."
WRITTEN = "Détail écrit dans {folder}."
BAD_GATE = "seuils illisibles ({reason})"
UNKNOWN_FIGURE = "mesure inconnue : {name}"
