"""French sentences about language models, for whoever runs the service."""

from __future__ import annotations

NOT_INSTALLED = "GUICHET_LLM_LOCAL demande des paquets qui ne sont pas installés : {packages}."
INSTALL_MODELS = "Installez-les : pip install 'guichet[models]'."
NO_FOLDER = "Le dossier {name} ne contient pas de modèle de langue utilisable ({reason})."
NO_FOLDER_MEND = "Donnez un dossier où se trouvent config.json, le tokenizer et les poids au format safetensors."
NOT_FETCHED = "Le modèle {name} n’est pas sur cette machine et n’a pas pu être téléchargé ({reason})."
NOT_FETCHED_MEND = "Vérifiez le nom et le réseau, ou copiez le modèle ici et donnez son dossier."
NO_DEVICE = "Le modèle {name} n’a pas pu être placé sur « {device} » ({reason})."
NO_DEVICE_MEND = "Essayez GUICHET_LLM_DEVICE=cpu, ou un modèle plus petit."
