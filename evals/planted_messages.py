"""Names of the planted faults, and the words by which the evaluation names them."""

from __future__ import annotations

NOTHING = "rien n’est changé : rien n’est dit"
WRONG_TEXT = "texte faux dans « {entry} »"
SWAPPED = "identifiants échangés : « {one} » et « {other} »"
THRESHOLD = "seuil de décision déplacé de {by:+g} logits"
THRESHOLD_OF_INDEX = "seuil de décision déplacé de +0,1 logit dans l’index seul"
DEAD_MODEL = "modèle arrêté"
CORRUPT = "5 % des vecteurs corrompus avant la publication"
CORRUPT_FILE = "5 % du fichier des vecteurs corrompus sur le disque"
DELETED = "entrée supprimée : « {entry} »"
DECISION = "seuils et poids de la décision"
VECTORS = "vecteurs"
