"""French sentences of what staff do, whichever door they take."""

from __future__ import annotations

NO_PORT = "La partie « {name} » de Guichet n’est pas installée."
NO_PORT_MEND = "Réinstallez Guichet : pip install --editable ."
NOTHING_TO_PUBLISH = "Ce brouillon ne contient aucun changement."
NO_PUBLICATION = "Cette version n’existe pas."
ALREADY_LIVE = "Cette version est déjà en service."
CHANGED_SINCE = "La FAQ a été modifiée en dehors de la console : publiez d’abord, ou annulez, ces modifications."
BACK_TO = "Retour à la version {version}"
OUTSIDE = "Publication faite en dehors de la console"
PUBLISHED = "Publication de la FAQ"
RECOVERED = {
    "done": "Publication interrompue à la fin : elle était en service.",
    "interrupted": "Publication interrompue : les sources d’avant sont en place.",
}
UNNAMED_THEME = "Sans thème net"
BAD_WHAT_IF = "Réglage non valable : {name}."
NO_SUCH_MODEL = "Aucun serveur de modèle n’est configuré : le modèle ne peut pas être changé."
NO_ENTRY = "Cette entrée n’existe pas, ou plus."
HALF_AN_ENTRY = "Une nouvelle entrée a besoin d’une question et d’une réponse."
NO_TEXT_TO_KEEP = "Il n’y a pas de texte à mettre dans le brouillon."
NO_DRAFT = "Ce brouillon n’existe pas, ou plus."
CASE_DONE = "Le cas {id} est ajouté au jeu de questions."
NO_TEXT = "Le texte de cette question n’a pas été gardé."
BAD_ACTION = "Action inconnue."
CHOOSE_ENTRY = "Choisissez une entrée."
CHOOSE_TOPIC = "Donnez un sujet."
