"""French sentences of the report that depend on the figures; the rest stands in templates/report.html."""

from __future__ import annotations

RESTORE = "L’entrée n’est plus dans l’index : remettez-la, ou retirez ces questions du jeu."
CLARIFY = "Précisez ce qui la distingue de « {rival} », trouvée à sa place ({n} fois)."
ADD_VARIANTS = (
    "Ajoutez des variantes dans l’esprit des questions ci-dessous, sans les recopier : elles servent à mesurer."
)
SPLIT = "La réponse est longue et des faits attendus n’en sont pas montrés : découpez l’entrée."
REORDER = "Des faits attendus ne sont pas montrés : énoncez-les en tête de la réponse, chacun dans sa phrase."
READ = "Relisez les questions ci-dessous : plusieurs entrées y répondent peut-être."

BROKEN = "À ne pas publier : {n} contrôles n’ont pas passé ; le premier : {first}."
BROKEN_ONE = "À ne pas publier : un contrôle n’a pas passé : {first}."
ALONE = "Tous les contrôles passent : {sound} des visiteurs simulés sont bien servis."
SAME = "Pareil que la référence : aucune question n’a changé, {sound} des visiteurs simulés sont bien servis."
BETTER = (
    "Mieux que la référence : {won} questions gagnées, {lost} perdues, {sound} des visiteurs simulés sont bien servis."
)
WORSE = "Un peu moins bien que la référence, sans que ce soit significatif : {lost} questions perdues, {won} gagnées."
EVEN = "Comparable à la référence : {won} questions gagnées, {lost} perdues, différence non significative."
SAMPLES = {"dev": "questions de développement", "test": "questions de test"}
CALIBRATION = "Confiance annoncée et justesse constatée, par tranche de dix points"
CALIBRATION_AXES = ("confiance annoncée", "justesse constatée")
RISK = "Part d’erreurs selon la part de questions auxquelles on répond"
RISK_AXES = ("part de questions répondues", "part d’erreurs")
TREND = "Évolution des mesures principales, d’une évaluation à l’autre"
TREND_SERIES = {
    "recall_at_1": "trouvée 1ʳᵉ",
    "right_or_offered": "juste ou proposée",
    "answered_right": "répondue juste",
}
SHARE = "part des questions"
EXPECTED = {
    "in": "la FAQ répond",
    "near": "hors FAQ, sujet proche",
    "far": "hors FAQ, sujet lointain",
    "talk": "conversation",
}
OUT = "hors FAQ"
NO_SECTION = "sans rubrique"
