"""Conversation ids that only this service can issue.

What was said in a conversation is kept in memory under its id, to understand "et en ligne ?".
An id that somebody guessed or made up must not open another visitor's conversation, nor
choose where one's own is kept: an id counts only with our signature.
"""

from __future__ import annotations

import base64
import hmac
import secrets
from hashlib import sha256
from typing import Annotated, cast

from fastapi import Depends, Request
from pydantic import SecretStr

_SIGNATURE_BYTES = 16


class ConversationIds:
    """Issues and recognises ids: 32 hex digits, a dot, and 128 bits of HMAC-SHA256 in URL-safe base64."""

    def __init__(self, secret: SecretStr | None = None) -> None:
        key = secret.get_secret_value().encode() if secret else secrets.token_bytes(32)
        # Copied for each id: OpenSSL takes far longer to look the algorithm up than to sign.
        self._keyed = hmac.new(key, digestmod=sha256)

    def issue(self) -> str:
        """A new id."""
        name = secrets.token_hex(16)
        return f"{name}.{self._signature(name)}"

    def keep_or_issue(self, given: str | None) -> str:
        """The id given if it is one of ours, else a new one: a visitor is never refused for an old id."""
        name, _, signature = (given or "").partition(".")
        if given and hmac.compare_digest(signature.encode(), self._signature(name).encode()):
            return given
        return self.issue()

    def knows(self, given: str) -> bool:
        """Whether it is one of ours."""
        return self.keep_or_issue(given) == given

    def _signature(self, name: str) -> str:
        signing = self._keyed.copy()
        signing.update(name.encode())
        return base64.urlsafe_b64encode(signing.digest()[:_SIGNATURE_BYTES]).decode().rstrip("=")


async def conversation_ids(request: Request) -> ConversationIds:
    """The running application's ids. Async, or FastAPI would call it in a thread."""
    return cast(ConversationIds, request.app.state.conversation_ids)


ConversationIdsDep = Annotated[ConversationIds, Depends(conversation_ids)]
