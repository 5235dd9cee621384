"""Whom a visitor can turn to, as the settings or the FAQ's front matter say."""

from __future__ import annotations

from app.answer import phrases
from app.core.types import Contact, FaqMeta


def contact_for(faq: FaqMeta, own: Contact | None) -> Contact:
    """The settings' contact where given, else the front matter's."""
    return own or Contact(faq.contact_label or phrases.DEFAULT_CONTACT, faq.contact_email, faq.contact_url)


def as_text(contact: Contact) -> str:
    """The contact in a sentence, its address as a Markdown autolink."""
    address = contact.email or contact.url
    return f"{contact.label} (<{address}>)" if address else contact.label
