"""French sentences of `guichet ingest`."""

from __future__ import annotations

PINNED = (
    "La version {version} a été remise en service exprès : l’index n’est pas reconstruit. "
    "« guichet ingest » publie de nouveau la foire aux questions."
)
SITE = "Site « {slug} »"
ONE_SITE = "un fichier ne peut être la FAQ de tous les sites"
ONE_SITE_MEND = "Retirez-le, ou remplacez --every-site par --site NOM."
EMBEDDING = "Calcul des vecteurs"
NO_DECISION = "les réglages de décision sont introuvables"
NO_DECISION_MEND = "Rétablissez ce fichier (« python -m evals.fit » le recalcule) ou corrigez GUICHET_DECISION."
SEVERITY = {"error": "erreur", "warning": "avertissement"}
SUMMARY = "{entries} questions, {errors} erreur(s), {warnings} avertissement(s)."
NO_CHANGE = "Rien ne changerait."
CHANGE = {"added": "+ ajoutée ", "changed": "~ modifiée", "removed": "- retirée "}
PUBLISHED = "Index {version} publié : {entries} questions, {passages} passages, {embedded} recalculés."
UP_TO_DATE = "L’index est à jour ({version}, {entries} questions)."
FINDINGS = "{count} remarque(s) sur le texte : « guichet ingest --check » les donne."
