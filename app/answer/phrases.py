"""Every French sentence of the answers that doesn't come from the FAQ.

Typographic apostrophes, and no-break spaces before the double punctuation.
"""

from __future__ import annotations

CLARIFY = (
    "Je ne suis pas certain d’avoir bien compris. Choisissez la question la plus proche de la vôtre. "
    "Si aucune ne convient, la foire aux questions n’y répond sans doute pas ; voici à qui vous adresser : {contact}."
)
CLARIFY_SECTIONS = "La réponse dépend de votre formation. De laquelle s’agit-il ?"
HEADING = "{question}"
IN_SECTION = "{question} – {section}"
ABSTAIN = (
    "Je n’ai pas trouvé de réponse à cette question dans la foire aux questions, et je préfère ne pas en inventer une."
)
ABSTAIN_GAP = (
    "Votre question semble porter sur le sujet « {topic} », auquel la foire aux questions ne répond pas ; "
    "je préfère ne pas inventer de réponse."
)
ABSTAIN_CONTACT = "Pour une réponse sûre, voici à qui vous adresser : {contact}."
NOT_FOUND = "Je n’ai pas trouvé de réponse à : {questions}."
NOT_SURE = "Je ne suis pas certain d’avoir bien compris : {questions}. Choisissez parmi les questions proposées."
NOT_FOUND_REST = "Je n’ai pas trouvé de réponse au reste de votre message."
NOT_SURE_REST = (
    "Je ne suis pas certain d’avoir bien compris le reste de votre message. Choisissez parmi les questions proposées."
)
THE_REST = "le reste de votre message"
QUOTED = "« {text} »"
QUOTES_JOINED = " ; "
HANDOFF = "Bien sûr. Je suis un programme ; pour joindre une personne, voici à qui vous adresser : {contact}."
GREETING = "Bonjour ! Posez-moi votre question : je cherche la réponse dans la foire aux questions."
THANKS = "Avec plaisir. Si vous avez une autre question, je suis là."
GOODBYE = "Au revoir, et bonne continuation !"
WELL = "Tout va bien, merci ! Posez-moi votre question : je cherche la réponse dans la foire aux questions."
LISTENING = "Oui, je vous lis. Posez-moi votre question : je cherche la réponse dans la foire aux questions."
PRAISED = "Merci, c’est gentil ! Si vous avez une autre question, je suis là."
NOTED = "C’est noté. Si vous avez une autre question, je suis là."
LAUGHED = "Content de vous avoir fait sourire ! Si vous avez une question, je suis là."
DRAWN = "Je ne lis que les mots : posez-moi votre question en une phrase."
ROBOT = (
    "Je suis un assistant automatique, pas une personne. Je réponds uniquement à partir "
    "de la foire aux questions, en indiquant toujours d’où vient la réponse."
)
ABILITY = (
    "Je cherche la réponse à votre question dans la foire aux questions, et j’indique toujours d’où elle vient. "
    "Posez-moi votre question avec vos mots."
)
INSULT = "Je suis désolé de ne pas vous aider mieux. Reformulez votre question, ou joignez une personne : {contact}."
FRUSTRATED = (
    "Je suis désolé de ne pas vous avoir aidé. Essayez de poser la question avec d’autres mots, "
    "ou joignez une personne : {contact}."
)
OWN_RULES = (
    "Je ne change ni de rôle ni de règles : je réponds uniquement à partir de la foire aux questions. "
    "Quelle est votre question ?"
)
NO_TASK = (
    "Je ne sais pas faire cela : je réponds uniquement à partir de la foire aux questions. Quelle est votre question ?"
)
NO_OPINION = (
    "Je n’ai pas d’avis à donner : je réponds uniquement à partir de la foire aux questions. "
    "Quelle est votre question ?"
)
NO_PRIVATE = (
    "Je n’ai aucun renseignement sur les personnes : je réponds uniquement à partir de la foire aux questions. "
    "Pour écrire à l’établissement, voici à qui vous adresser : {contact}."
)
NO_WRONG = (
    "Je ne peux pas vous aider dans cette démarche. Pour toute difficulté, voici à qui vous adresser : {contact}."
)
DEFAULT_CONTACT = "l’établissement"
EXCERPT = "Ceci est un extrait : [lire la réponse complète]({url})."
EXCERPT_OF = "Ceci est un extrait : la réponse complète se lit depuis la source [{n}]."
COMPOSED = "verbatim"
