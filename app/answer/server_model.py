"""Any OpenAI-compatible server as the model: Ollama, vLLM, llama.cpp, Mistral, Albert, `guichet llm serve`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import cast

import httpx2
import openai
from langchain_core.messages import AIMessageChunk
from langchain_core.prompt_values import PromptValue
from langchain_core.runnables import Runnable, RunnableGenerator
from langchain_openai import ChatOpenAI
from pydantic import SecretStr

from app.answer.failures import Failure, failed

_UNFINISHED = frozenset({"length", "content_filter"})
"""Finish reasons of a text whose end is missing: what is left of it may lack the exception."""


class ServerModel:
    """The model `model` of the server at `base_url`; `timeout_s` bounds each wait for a byte of it.

    No retries: the visitor waits, and the composed answer is there. No redirects: a question goes to the
    server that was configured and nowhere else.
    """

    def __init__(
        self, *, base_url: str, model: str, api_key: SecretStr | None, timeout_s: float, max_tokens: int
    ) -> None:
        self._name = model
        self._chat = ChatOpenAI(
            base_url=base_url,
            model=model,
            api_key=api_key or SecretStr("none"),
            temperature=0,
            max_tokens=max_tokens,
            timeout=timeout_s,
            max_retries=0,
            stream_chunk_timeout=None,
            http_async_client=openai.DefaultAsyncHttpxClient(follow_redirects=False, timeout=timeout_s),
        )

    @property
    def name(self) -> str:
        """The model's name."""
        return self._name

    def words(self) -> Runnable[PromptValue, str]:
        """From a prompt to text; fails when the text has no end."""
        chat = cast("Runnable[PromptValue, AIMessageChunk]", self._chat)
        return chat | RunnableGenerator(_texts)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._chat.root_async_client.close()
        self._chat.root_client.close()

    def reason(self, error: Exception) -> tuple[Failure, str]:
        """Why the server failed; the detail is a status or an exception's name."""
        match error:
            case TimeoutError() | openai.APITimeoutError() | httpx2.TimeoutException():
                return "timeout", type(error).__name__
            case openai.APIStatusError():
                return _of_status(error.status_code), str(error.status_code)
            case openai.APIConnectionError():
                return "unreachable", type(error.__cause__ or error).__name__
            case httpx2.TransportError():
                return "cut", type(error).__name__
            case openai.APIError():
                return "refused", type(error).__name__
            case ValueError() | TypeError() | LookupError():
                return "garbled", type(error).__name__
            case _:
                return "crashed", type(error).__name__


def _of_status(status: int) -> Failure:
    if status in (429, 503):
        return "overloaded"
    return "redirected" if 300 <= status < 400 else "refused"


async def _texts(chunks: AsyncIterator[AIMessageChunk]) -> AsyncIterator[str]:
    """The text of a server's chunks. Raises GenerationFailed when nothing came, or no proper end."""
    wrote, finish = False, ""
    async for chunk in chunks:
        finish = chunk.response_metadata.get("finish_reason") or finish
        if text := str(chunk.text):
            wrote = wrote or not text.isspace()
            yield text
    if not wrote:
        raise failed("empty")
    if not finish or finish in _UNFINISHED:
        raise failed("cut", finish)
