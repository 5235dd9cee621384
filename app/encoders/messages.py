"""French sentences about encoders, for whoever runs the service."""

from __future__ import annotations

NO_PACKAGED = "L’encodeur fourni manque : le dossier {folder} n’existe pas."
NO_PACKAGED_MEND = (
    "Lancez Guichet depuis son dépôt, ou nommez dans GUICHET_ENCODER un dossier ou un modèle sentence-transformers."
)
LACKS = "{path} : il manque {what}."
NO_CONFIG = "{path} ne décrit pas un encodeur : {reason}."
TAMPERED = "{path} n’est pas le fichier que sa configuration annonce."
WONT_OPEN = "L’encodeur de {folder} ne s’ouvre pas : {reason}"
WRONG_WIDTH = "{folder} donne {width} composantes et en annonce {declared}."
REBUILD = "Rétablissez le dossier de l’encodeur, ou refaites-le : python models/train.py."
NOT_INSTALLED = "L’encodeur choisi demande le paquet sentence-transformers, qui n’est pas installé."
INSTALL = "Installez-le : pip install 'guichet[models]'."
NO_MODEL_FOLDER = "Le dossier {name} ne contient pas de modèle sentence-transformers : {reason}"
NO_MODEL_FOLDER_MEND = "Donnez un dossier que SentenceTransformer(dossier) sait ouvrir."
NOT_FETCHED = "Le modèle {name} n’est pas sur cette machine et n’a pas pu être téléchargé ({reason})."
NOT_FETCHED_MEND = "Vérifiez le nom et le réseau, ou copiez le modèle ici et donnez son dossier."
