"""Every French sentence of the answers that doesn't come from the FAQ.

Typographic apostrophes, and no-break spaces before the double punctuation.
"""

from __future__ import annotations

CLARIFY = (
    "Je ne suis pas certain d’avoir bien compris. Choisissez la question la plus proche de la vôtre. "
    "Si aucune ne convient, la foire aux questions n’y répond sans doute pas ; voici à qui vous adresser : {contact}."
)
CLARIFY_SECTIONS = "La réponse dépend de votre formation. De laquelle s’agit-il ?"
ABSTAIN = (
    "Je n’ai pas trouvé de réponse à cette question dans la foire aux questions, et je préfère ne pas en inventer une."
)
ABSTAIN_CONTACT = "Pour une réponse sûre, voici à qui vous adresser : {contact}."
HANDOFF = "Bien sûr. Je suis un programme ; pour joindre une personne, voici à qui vous adresser : {contact}."
GREETING = "Bonjour ! Posez-moi votre question : je cherche la réponse dans la foire aux questions."
THANKS = "Avec plaisir. Si vous avez une autre question, je suis là."
GOODBYE = "Au revoir, et bonne continuation !"
ROBOT = (
    "Je suis un assistant automatique, pas une personne. Je réponds uniquement à partir "
    "de la foire aux questions, en indiquant toujours d’où vient la réponse."
)
INSULT = "Je suis désolé de ne pas vous aider mieux. Reformulez votre question, ou joignez une personne : {contact}."
DEFAULT_CONTACT = "l’établissement"
SHORTENED = "La réponse complète est plus longue : ouvrez la question pour la lire en entier."
COMPOSED = "verbatim"
