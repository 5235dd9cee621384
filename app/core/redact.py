"""Personal data taken out of free text before it is written anywhere."""

from __future__ import annotations

import re

_EMAIL = r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+"
_PHONE = r"(?<!\d)(?:\+33|0033|0)[ .\-\u00a0]?[1-9](?:[ .\-\u00a0]?\d{2}){4}(?!\d)"
_SOCIAL_SECURITY = r"(?<!\d)[12] ?\d{2} ?(?:0[1-9]|1[0-2]|[2-9]\d) ?(?:\d{2}|2[AB]) ?\d{3} ?\d{3}(?: ?\d{2})?(?!\d)"
_NAME = (
    r"(?i:\bje m['’]appelle|\bmon nom est|\bje suis (?:m\.|mme|monsieur|madame))"
    r"\s+[A-ZÀ-Ý][\w'’-]*(?:\s+[A-ZÀ-Ý][\w'’-]*){0,2}"
)
_PATTERNS = (
    (re.compile(_EMAIL), "[e-mail]"),
    (re.compile(_PHONE), "[téléphone]"),
    (re.compile(_SOCIAL_SECURITY), "[n° de sécurité sociale]"),
    (re.compile(r"(?<!\d)\d{7,}(?!\d)"), "[numéro]"),
    (re.compile(_NAME), "[nom]"),
)


def redact(text: str) -> str:
    """Text with e-mail addresses, phone, social security and long numbers and stated names replaced."""
    for pattern, label in _PATTERNS:
        text = pattern.sub(label, text)
    return text
