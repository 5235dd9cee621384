"""French sentences of the report that depend on the figures; the rest stands in templates/report.html."""

from __future__ import annotations

RESTORE = "L’entrée n’est plus dans l’index : remettez-la, ou retirez ces questions du jeu."
CLARIFY = "Précisez ce qui la distingue de « {rival} », trouvée à sa place{times}."
TIMES = " ({n} fois)"
ADD_VARIANTS = (
    "Ajoutez des variantes dans l’esprit des questions ci-dessous, sans les recopier : elles servent à mesurer."
)
SPLIT = "La réponse est longue et des faits attendus n’en sont pas montrés : découpez l’entrée."
REORDER = "Des faits attendus ne sont pas montrés : énoncez-les en tête de la réponse, chacun dans sa phrase."
READ = "Relisez les questions ci-dessous : plusieurs entrées y répondent peut-être."

BROKEN = "À ne pas publier : {n} contrôles n’ont pas passé. Le premier : {first}."
BROKEN_ONE = "À ne pas publier : un contrôle n’a pas passé. {first}."
ALONE = "Tous les contrôles passent : {sound} des visiteurs simulés sont bien servis (pas de référence à comparer)."
SAME = "Pareil que la référence : aucune réponse n’a changé, {sound} des visiteurs simulés sont bien servis."
BETTER = "Mieux que la référence : {won}, {lost} ; {sound} des visiteurs simulés sont bien servis."
SLIGHTLY_BETTER = (
    "Plutôt mieux que la référence, sans que ce soit significatif : {won}, {lost} ; "
    "{sound} des visiteurs simulés sont bien servis."
)
SLIGHTLY_WORSE = (
    "Un peu moins bien que la référence, sans que ce soit significatif : {lost}, {won} ; "
    "{sound} des visiteurs simulés sont bien servis."
)
EVEN = (
    "Ni mieux ni moins bien que la référence : {won}, {lost} ; {sound} des visiteurs simulés sont bien servis, "
    "mais des réponses ont changé."
)
SAMPLES = {"dev": "questions de développement", "test": "questions de test"}
CALIBRATION = "Confiance annoncée et justesse constatée, par tranche de dix points"
CALIBRATION_AXES = ("confiance annoncée", "justesse constatée")
RISK = "Part d’erreurs selon la part de questions auxquelles on répond"
CALIBRATION_NOTE = "Sur la diagonale, la confiance dit vrai ; au-dessous, elle promet trop. La taille suit le nombre."
RISK_NOTE = (
    "Si l’on répondait aux plus sûres d’abord. {outside} des questions posées n’ont pas de réponse dans la FAQ : "
    "répondre à toutes ferait au moins autant d’erreurs."
)
RISK_AXES = ("part de questions répondues", "part d’erreurs")
TREND = "Évolution des mesures principales, d’une évaluation à l’autre"
TREND_SERIES = {
    "sound": "bien servis",
    "recall_at_1": "trouvée 1ʳᵉ",
    "answered_right": "répondu juste",
    "answered_wrong": "répondu faux",
}
KEY_FIGURES = {
    "sound": ("Visiteurs bien servis", "répondu juste et complet, ou bien orienté", 1),
    "answered_wrong": ("Réponses fausses", "parmi les questions auxquelles la FAQ répond", -1),
    "refused_wrongly": ("Refus inutiles", "« je ne sais pas » alors que la FAQ répond", -1),
    "asked_back": ("Précisions demandées", "« vouliez-vous dire… »", -1),
    "near_answered": ("Hors FAQ, répondu quand même", "sur un sujet proche de la FAQ", -1),
}
"""Title, explanation, and whether more is better (1) or worse (-1)."""
LATENCY = "Temps de réponse, de la question au texte entier"
LATENCY_AXES = ("millisecondes", "part des questions")
LATENCY_ROWS = {
    "total": "réponse entière",
    "first_text": "premier texte",
    "retrieve": "recherche",
    "encode": "dont encodage",
    "generate": "rédaction par le modèle",
    "round_trip": "aller et retour au service",
}
LOSSES = "Points perdus selon la façon dont la question est mal écrite"
LOSSES_AXIS = "points de visiteurs bien servis"
HEAT = "Points perdus par perturbation et par rubrique"
WHOLE = "ensemble"
BY_KIND, BY_SECTION, BY_ENTRY, BY_AUDIENCE = "Par genre", "Par rubrique", "Par entrée", "Par public"
EVERYBODY = "tous publics"
MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre",
    "décembre",
)  # fmt: skip
SHARE = "part des questions"
ANSWERED = {"right": "répondu juste", "wrong": "répondu à côté"}
UNCHANGED = "inchangé"
EXPECTED = {
    "in": "la FAQ répond",
    "near": "hors FAQ, sujet proche",
    "far": "hors FAQ, sujet lointain",
    "after": "suite hors FAQ",
    "talk": "conversation",
}
OUT = "hors FAQ"
NO_SECTION = "sans rubrique"
