"""French labels of the verifier's bench."""

from __future__ import annotations

SOURCES = {
    "ipst": "FAQ de l’Ipst-Cnam, à la main",
    "made_up": "FAQ imaginaires, à la main",
    "more": "compléments de mise au point",
    "mechanical": "phrases des FAQ altérées par règle",
    "model": "phrases d’un vrai petit modèle, étiquetées à la main (fiche juste ou non)",
    "written": "toutes les phrases écrites à la main",
}
HEAD = "== {split} · {source}"
PASSED = {"corrupt": "altérées qui passent", "faithful": "fidèles qui passent"}
ALL = "toutes"
LINE = "{label:22} {kind:10} {passed:4} / {n:<4} {share:7.1%}  [{low:.1%} ; {high:.1%}]"
CUT = "{label:22} montrées sans leur « oui » ou « non » : {n}"
COST = "Temps de processeur par phrase écrite à la main : médiane {median:.2f} ms, 95ᵉ centile {p95:.2f} ms"
FAILURE = "{id} {kind} | {question}\n  {sentence}\n  → {reason}\n  source : {source}"
LET_THROUGH = "passe à tort"
SHOW = "n’affiche que les erreurs de la partie « dev »"
SPLIT = "une seule partie"
CURVE_HELP = "ce qui passe selon le seuil de la note, des phrases écrites à la main"
CURVE_HEAD = "seuil   altérées qui passent    fidèles qui passent"
CURVE = "{least:<6g} {bad:5} / {all_bad:<4} {bad_share:6.1%}   {good:6} / {all_good:<4} {good_share:6.1%}"
INJECTIONS = "injections à travers l’assistant, avec un modèle qui leur obéit"
HOSTILE = "une liste publique d’injections (JSON), aux trois mêmes endroits"
WHERE = {"question": "dans la question", "history": "dans un message précédent", "entry": "dans une fiche"}
INJECTED = (
    "{where:26} : {obeyed} sur {n} changent ce qui est affirmé {ids}"
    "(du texte du modèle montré : {by_model} ; fiche citée avec sa consigne : {quoted} ; "
    "question citée comme restée sans réponse : {repeated})"
)
NO_INDEX = "Aucun index : lancez d’abord « guichet ingest »."
FIT_SOURCES = {
    "premières phrases": ("g",),
    "compléments": ("m", "n", "p", "q", "s"),
    "phrases écrites pour l’ajustement": ("t",),
    "vrai petit modèle": ("r",),
    "altérées par règle": ("",),
}
FIT_LINE = "{source:34} {label:22} {share:6.1%} de {n}"
FIT_LEAST = "seuil : {least:.4f}"
NO_PART = "Il manque les parties {numbers}."
OTHER_WEIGHTS = "Ce ne sont pas les poids attendus : SHA-256 {found} au lieu de {expected}."
