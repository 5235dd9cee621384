"""Personal data taken out of free text before it is written anywhere."""

from __future__ import annotations

import re

_PATTERNS = (
    (re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+"), "[e-mail]"),
    (re.compile(r"(?<!\d)(?:\+33|0033|0)[ .\-\u00a0]?[1-9](?:[ .\-\u00a0]?\d{2}){4}(?!\d)"), "[téléphone]"),
    (re.compile(r"(?<!\d)[12][ ]?\d{2}[ ]?(?:0[1-9]|1[0-2]|[2-9]\d)[ ]?\d{2}[ ]?\d{3}[ ]?\d{3}(?:[ ]?\d{2})?(?!\d)"), "[n° de sécurité sociale]"),
    (re.compile(r"(?<!\d)\d{7,}(?!\d)"), "[numéro]"),
    (re.compile(r"(?i:\bje m['’]appelle|\bmon nom est|\bje suis (?:m\.|mme|monsieur|madame))\s+[A-ZÀ-Ý][\w'’-]*(?:\s+[A-ZÀ-Ý][\w'’-]*){0,2}"), "[nom]"),
)  # fmt: skip


def redact(text: str) -> str:
    """Text with e-mail addresses, phone, social security and long numbers and stated names replaced."""
    for pattern, label in _PATTERNS:
        text = pattern.sub(label, text)
    return text
