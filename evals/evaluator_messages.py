"""French sentences of the evaluation in the console."""

from __future__ import annotations

EMPTY = "La question est vide."
BAD_KIND = "Une question à laquelle la FAQ répond veut une entrée ; une question sans réponse n’en a pas."
KNOWN = "Le jeu de questions contient déjà cette question."
BUSY = "Une évaluation est déjà en cours."
BAD_SPLIT = "choisissez « dev » ou « test »"
NO_RUN = "cette évaluation n’existe pas"
