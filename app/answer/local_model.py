"""A transformers model in this process, through langchain-huggingface: any causal LM, by name or folder.

torch and transformers take seconds to import and the weights longer: `prepare` loads them, once, in a
thread of the server's choosing, and until then visitors read composed answers. One answer is written at a
time. Weights are read from safetensors only (no pickle) and no code that comes with a model is run.
"""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Callable
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from jinja2 import TemplateError
from langchain_core.prompt_values import PromptValue
from langchain_core.runnables import Runnable, RunnableGenerator, RunnableLambda

from app.answer import model_messages as messages
from app.answer.failures import Failure, failed
from app.core.errors import ModelUnavailable

if TYPE_CHECKING:
    from langchain_huggingface import HuggingFacePipeline

NEEDED = ("langchain_huggingface", "transformers", "torch")
_ROLES = {"system": "system", "human": "user", "ai": "assistant"}


class LocalModel:
    """The causal LM `spec`, a folder or a name that transformers knows.

    `device` is "auto" (the GPU where torch sees one), "cpu", or any device of torch; `threads` those that
    torch computes on, in all of this process; `timeout_s` the longest generation, after which it stops by
    itself. Raises ModelUnavailable when a package of the `models` extra is missing.
    """

    def __init__(self, spec: str, *, device: str, threads: int, timeout_s: float, max_tokens: int) -> None:
        missing = [package for package in NEEDED if find_spec(package) is None]
        if missing:
            raise ModelUnavailable(
                messages.NOT_INSTALLED.format(packages=", ".join(missing)), mend=messages.INSTALL_MODELS
            )
        self._spec, self._device, self._threads = spec, device, threads
        self._limits = {"max_new_tokens": max_tokens, "max_time": timeout_s, "do_sample": False}
        self._pipeline: HuggingFacePipeline | None = None
        self._ends: frozenset[int] = frozenset()
        self._loading = threading.Lock()

    @property
    def name(self) -> str:
        """The model's name, or its folder's."""
        return Path(self._spec).name if Path(self._spec).is_dir() else self._spec

    def prepare(self) -> None:
        """Load it, if it isn't yet. Raises ModelUnavailable."""
        with self._loading:
            if self._pipeline is None:
                self._pipeline = self._load()

    def words(self) -> Runnable[PromptValue, str]:
        """From a prompt to text. Closing the stream ends the generation at its next token."""
        if self._pipeline is None:
            raise failed("loading")
        run = _Run(self._ends)
        options = {**self._limits, "run": run}
        model = cast("Runnable[str, str]", self._pipeline.bind(pipeline_kwargs=options))
        return RunnableLambda(self._as_text) | model | RunnableGenerator(run.watched)

    async def aclose(self) -> None:
        """Nothing to close."""

    def reason(self, error: Exception) -> tuple[Failure, str]:
        """Why it failed."""
        return "crashed", type(error).__name__

    def _as_text(self, prompt: PromptValue) -> str:
        """The prompt as this model's template wants it; plainly for a model that has none."""
        assert self._pipeline is not None
        tokenizer = self._pipeline.pipeline.tokenizer
        system, human = (str(message.content) for message in prompt.to_messages())
        if not tokenizer.chat_template:
            return f"{system}\n\n{human}\n\nRéponse :"
        roles = [{"role": "system", "content": system}, {"role": "user", "content": human}]
        joined = [{"role": "user", "content": f"{system}\n\n{human}"}]
        try:
            return _templated(tokenizer, roles)
        except TemplateError:  # as templates without a system role raise
            return _templated(tokenizer, joined)

    def _load(self) -> HuggingFacePipeline:
        import torch
        from langchain_huggingface import HuggingFacePipeline
        from transformers import pipeline
        from transformers.utils import logging

        logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        torch.set_num_threads(self._threads)
        device = self._device
        if device == "auto":
            device = str(torch.accelerator.current_accelerator() or "cpu")
        tokenizer, model = _fetch(self._spec, torch.float32 if device == "cpu" else "auto")
        try:
            made = pipeline("text-generation", model=model, tokenizer=tokenizer, device=device)
        except (RuntimeError, ValueError, AssertionError) as error:
            raise ModelUnavailable(
                messages.NO_DEVICE.format(name=self.name, device=device, reason=type(error).__name__),
                mend=messages.NO_DEVICE_MEND,
            ) from error
        ends = model.generation_config.eos_token_id
        self._ends = frozenset(ends if isinstance(ends, list) else [] if ends is None else [ends])
        return HuggingFacePipeline(pipeline=_Ending(made), model_id=self.name)


def _templated(tokenizer: Any, roles: list[dict[str, str]]) -> str:
    """The roles as one text. Models that can think aloud are told not to; other templates ignore it."""
    text: str = tokenizer.apply_chat_template(roles, tokenize=False, add_generation_prompt=True, enable_thinking=False)
    return text


def _fetch(spec: str, dtype: Any) -> tuple[Any, Any]:
    """Tokenizer and model, from this machine where possible. Raises ModelUnavailable.

    What is on disk is tried first: a machine without a network starts at once, and no model changes
    under a running service.
    """
    from transformers import AutoModelForCausalLM, AutoTokenizer

    def load(local: bool) -> tuple[Any, Any]:
        given = {"local_files_only": local, "trust_remote_code": False}
        model: Any = AutoModelForCausalLM.from_pretrained(spec, dtype=dtype, use_safetensors=True, **given)
        return AutoTokenizer.from_pretrained(spec, **given), model.eval()

    try:
        return load(local=True)
    except Exception as error:
        if Path(spec).exists():
            raise _unavailable(messages.NO_FOLDER, messages.NO_FOLDER_MEND, spec, error) from error
    try:
        return load(local=False)
    except Exception as error:
        raise _unavailable(messages.NOT_FETCHED, messages.NOT_FETCHED_MEND, spec, error) from error


def _unavailable(message: str, mend: str, spec: str, error: Exception) -> ModelUnavailable:
    return ModelUnavailable(message.format(name=spec, reason=type(error).__name__), mend=mend)


class _Run:
    """One generation, seen from both sides: the thread that generates and the stream that is read."""

    def __init__(self, ends: frozenset[int]) -> None:
        self._ends = ends
        self._stopped = threading.Event()
        self._ended = False
        self.error: Exception | None = None

    def goes_on(self, token: int) -> bool:
        """Whether to generate further after `token`."""
        self._ended = token in self._ends
        return not self._stopped.is_set()

    async def watched(self, pieces: AsyncIterator[str]) -> AsyncIterator[str]:
        """The pieces; when they are no longer read, the generation stops. Raises GenerationFailed."""
        wrote = False
        try:
            async for piece in pieces:
                wrote = wrote or bool(piece.strip())
                yield piece
        finally:
            self._stopped.set()
        if self.error is not None:
            raise failed("crashed", type(self.error).__name__)
        if not wrote:
            raise failed("empty")
        if not self._ended:
            raise failed("cut")


class _Ending:
    """The transformers pipeline, able to stop early, and whose stream ends whatever happens to it.

    langchain-huggingface runs it in a thread and reads its streamer: when the thread died, the reader
    would wait a minute for the next piece.
    """

    def __init__(self, pipeline: Any) -> None:
        self._pipeline = pipeline

    def __getattr__(self, name: str) -> Any:
        return getattr(self._pipeline, name)

    def __call__(self, *, run: _Run, streamer: Any, stopping_criteria: Any, **options: Any) -> None:
        stopping_criteria.append(_criterion(run.goes_on))
        try:
            self._pipeline(streamer=streamer, stopping_criteria=stopping_criteria, **options)
        except Exception as error:  # noqa: BLE001 - raised where the stream is read
            run.error = error
            streamer.end()


def _criterion(goes_on: Callable[[int], bool]) -> Any:
    from transformers import StoppingCriteria

    class Stopped(StoppingCriteria):
        def __call__(self, input_ids: Any, scores: Any, **_: Any) -> Any:  # noqa: ARG002 - transformers passes it
            return input_ids.new_full((input_ids.shape[0],), not goes_on(int(input_ids[0, -1])), dtype=bool)

    return Stopped()
