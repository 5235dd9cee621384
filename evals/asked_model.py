"""One prompt to the configured language model, outside the path that visitors take."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from app.core.errors import GenerationFailed, ModelUnavailable
from app.settings import Settings
from app.wiring import make_model
from evals import quality_messages as messages
from evals.askers import BackendUnreachable

if TYPE_CHECKING:
    from app.answer.chain import Model


@contextmanager
def configured_model(settings: Settings, name: str | None = None) -> Iterator[Model]:
    """The configured model, or another of its server; let go at the end. Raises ModelUnavailable."""
    if name:
        settings = settings.model_copy(update={"llm_model": name})
    if not settings.llm_configured:
        raise ModelUnavailable(messages.NO_MODEL, mend=messages.NO_MODEL_MEND)
    model, prepare = make_model(settings)
    prepare()
    yield model


async def say(model: Model, system: str, human: str) -> str:
    """What the model says. Raises BackendUnreachable when it is away."""
    from langchain_core.messages import HumanMessage, SystemMessage
    from langchain_core.prompt_values import ChatPromptValue
    from langsmith import tracing_context

    prompt = ChatPromptValue(messages=[SystemMessage(system), HumanMessage(human)])
    try:
        with tracing_context(enabled=False):
            return "".join([piece async for piece in model.words().astream(prompt)])
    except GenerationFailed as error:
        if error.reason in ("cut", "empty"):
            return ""
        raise BackendUnreachable(messages.MODEL_AWAY.format(reason=error), mend=messages.MODEL_AWAY_MEND) from error
    except Exception as error:
        reason, detail = model.reason(error)
        raise BackendUnreachable(
            messages.MODEL_AWAY.format(reason=f"{reason}, {detail}"), mend=messages.MODEL_AWAY_MEND
        ) from error


async def say_all(model: Model, prompts: list[tuple[str, str]], at_once: int) -> list[str]:
    """What the model says to each (system, human), in their order; then lets go of it."""
    places = asyncio.Semaphore(at_once)

    async def one(system: str, human: str) -> str:
        async with places:
            return await say(model, system, human)

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(*prompt)) for prompt in prompts]
    except* BackendUnreachable as errors:
        raise errors.exceptions[0] from None
    finally:
        await model.aclose()
    return [task.result() for task in tasks]
