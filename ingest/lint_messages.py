"""Every French sentence of the checks: for each code, what is wrong and what to do.

`{names}` are filled by the rules; messages start in lower case because they follow
"fichier:ligne : avertissement : ".
"""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    # --- what the parser noticed ---
    "no-question": (
        "aucune question n’a été trouvée dans ce fichier.",
        "Écrivez chaque question comme un titre (« ### Ma question ? »), suivie de sa réponse.",
    ),
    "unknown-front-matter": (
        "le réglage « {key} » de l’en-tête n’est pas connu.",
        ("Retirez-le, ou corrigez son nom : title, language, source_url, contact_label, contact_email, contact_url."),
    ),
    "stray-comment": (
        "ce commentaire « guichet » n’est placé sous aucune question.",
        "Déplacez-le juste sous la question qu’il concerne.",
    ),
    "second-comment": (
        "cette question a plusieurs commentaires « guichet » : seul le premier est pris en compte.",
        "Réunissez-les en un seul commentaire, juste sous la question.",
    ),
    "unclosed-comment": (
        "ce commentaire « <!-- » n’est jamais fermé : tout ce qui le suit est caché.",
        "Ajoutez « --> » à la fin du commentaire.",
    ),
    "section-without-question": (
        "la rubrique « {section} » contient du texte, mais aucune question : ce texte ne sera jamais trouvé.",
        "Ajoutez une question (« ### … ? ») au-dessus de ce texte.",
    ),
    "unknown-key": (
        "la clé « {value} » du commentaire « guichet » n’est pas connue : elle est ignorée.",
        "Les clés possibles sont id, audience, url, valid_until et variantes.",
    ),
    "empty-key": (
        "la clé « {value} » du commentaire « guichet » n’a pas de valeur.",
        "Donnez-lui une valeur ou retirez-la.",
    ),
    "comment-syntax": (
        "« {value} » n’est pas compris dans le commentaire « guichet ».",
        ("Écrivez « clé=valeur », une clé par ligne ; les variantes vont sous « variantes: », précédées d’un tiret."),
    ),
    "bad-date": (
        "« {value} » n’est pas une date.",
        "Écrivez l’année, le mois et le jour : valid_until=2027-06-30",
    ),
    "bad-id": (
        "« {value} » ne peut pas servir d’identifiant.",
        "Utilisez des minuscules sans accent, des chiffres et des tirets : id=modes-de-paiement",
    ),
    "bad-url": (
        "« {value} » n’est pas une adresse de page complète.",
        "Écrivez l’adresse entière, à partir de « https:// ».",
    ),
    # --- links ---
    "dead-link": (
        "le lien « {label} » ne mène nulle part.",
        "Remplacez « # » par l’adresse de la page, ou retirez les crochets et les parenthèses.",
    ),
    "unsafe-link": (
        "le lien « {label} » a une adresse que le service ne peut pas ouvrir ({url}).",
        "Indiquez une adresse qui commence par « https:// », « mailto: » ou « tel: ».",
    ),
    "bare-domain": (
        "« {domain} » est écrit sans lien : le visiteur ne pourra pas cliquer.",
        ("Écrivez l’adresse complète entre chevrons, par exemple « <https://{domain}> », après l’avoir vérifiée."),
    ),
    # --- answers ---
    "no-answer": (
        "la question « {question} » n’a pas de réponse.",
        "Écrivez la réponse sous la question, ou retirez la question.",
    ),
    "editorial-note": (
        "cette phrase semble être une note de travail, pas une réponse : « {text} ».",
        "Faites ce qu’elle demande, puis effacez-la.",
    ),
    "order-to-a-model": (
        "cette phrase semble donner un ordre à un programme, pas renseigner un visiteur : « {text} ».",
        "Elle n’est montrée à personne. Cherchez qui l’a écrite, puis effacez-la.",
    ),
    "polarity": (
        "la question « {question} » ne peut pas recevoir « {opening} » pour réponse.",
        ("Reformulez le début de la réponse, ou posez la question de façon qu’on puisse y répondre par oui ou non."),
    ),
    "too-long": (
        "cette réponse est très longue ({words} mots) : le visiteur aura du mal à y trouver l’essentiel.",
        "Répartissez-la entre plusieurs questions plus précises, de {limit} mots au plus.",
    ),
    "long-question": (
        "cette question est très longue ({length} caractères).",
        "Gardez-en l’essentiel, et donnez les autres formulations comme variantes.",
    ),
    "hidden-question": (
        "« {text} » ressemble à une question, mais fait partie de la réponse précédente.",
        "S’il s’agit d’une question de la FAQ, écrivez-la comme les autres, sur une ligne à part.",
    ),
    # --- questions that meet ---
    "duplicate-question": (
        "cette question est déjà posée dans la même rubrique ({other}).",
        "Gardez une seule des deux, et réunissez les réponses.",
    ),
    "duplicate-id": (
        "l’identifiant « {id} » est déjà celui d’une autre question ({other}).",
        "Donnez à chaque question un identifiant qui n’appartient qu’à elle.",
    ),
    "repeated-entry": (
        "cette question est déjà posée, avec la même réponse, dans la rubrique « {section} » ({other}).",
        "Gardez-la dans une seule rubrique, sauf si les visiteurs la cherchent dans les deux.",
    ),
    "conflicting-answers": (
        ("cette question est aussi posée dans la rubrique « {section} » ({other}), avec une réponse différente."),
        "Si les deux réponses sont justes, laissez-les : la rubrique les distingue ; sinon, corrigez.",
    ),
    "near-duplicate": (
        "cette question ressemble beaucoup à « {question} » ({other}).",
        "Réunissez les deux, ou faites ressortir ce qui les distingue.",
    ),
    "opposite-answers": (
        "cette question ressemble beaucoup à « {question} » ({other}), mais l’une répond oui et l’autre non.",
        "Vérifiez les deux réponses, puis faites ressortir ce qui distingue les questions.",
    ),
    "variant-clash": (
        "la variante « {variant} » est aussi la formulation d’une autre question ({other}).",
        "Retirez-la de l’une des deux.",
    ),
    # --- time ---
    "expired": (
        "cette réponse n’est plus valable depuis le {date} (valid_until).",
        "Mettez la réponse à jour et changez la date, ou retirez la question.",
    ),
    "expires-soon": (
        "cette réponse cessera d’être valable le {date} (valid_until).",
        "Préparez sa mise à jour, puis changez la date.",
    ),
    "past-date": (
        "« {text} » est passé : la réponse n’est sans doute plus à jour.",
        "Vérifiez l’information et mettez l’année ou la date à jour.",
    ),
    "soon-past-date": (
        "« {text} » se termine bientôt : pensez à la mise à jour de cette réponse.",
        "Mettez l’année ou la date à jour, ou ajoutez sous la question « valid_until=… » pour être prévenu.",
    ),
    # --- words ---
    "typo": (
        "« {text} » : faute probable ({reason}).",
        "Si c’en est une, écrivez « {fix} ».",
    ),
    "rare-word": (
        "« {text} » n’apparaît qu’une fois, alors que la FAQ emploie souvent « {fix} » : faute probable.",
        "Si c’en est une, écrivez « {fix} ».",
    ),
    "repeated-word": (
        "un mot semble écrit deux fois : « {text} ».",
        "Si c’en est un de trop, effacez-le.",
    ),
    "spacing": (
        "une espace manque ou est de trop : « {text} ».",
        "Mettez une espace avant et après « : », et aucune à l’intérieur des parenthèses.",
    ),
}

REASONS: dict[str, str] = {
    "debiter": "« débiter », prélever une somme, pour « débuter », commencer ?",
    "auriez": "conditionnel pour le futur ?",
    "cout": "accent circonflexe oublié ?",
    "plural": "un nom après un nombre prend la marque du pluriel",
    "feminine": "accord au féminin",
    "elision": "« de l’ » devant une voyelle",
    "few": "« peu de » est suivi d’un pluriel",
    "y-exister": "« il y a » ou « il existe »",
    "en-direct": "« en direct » est invariable",
    "comma": "deux virgules qui se suivent",
}
"""Why an expression is taken for a slip, by the name its rule has in ingest/rules/words.py."""
