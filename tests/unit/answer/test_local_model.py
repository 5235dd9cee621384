"""A transformers model in this process: real library, models of a few kilobytes made in the test."""

from __future__ import annotations

import asyncio
import importlib.util
import subprocess
import sys
import threading
from contextlib import aclosing
from pathlib import Path
from types import ModuleType

import pytest

from app.answer import local_model
from app.answer.chain import ChainGenerator
from app.answer.local_model import LocalModel
from app.core.errors import GenerationFailed, ModelUnavailable
from tests.conftest import ENTRIES
from tests.tiny_model import NO_SYSTEM, random, reciting

SENTENCE = "Deux sessions d’examen ont lieu chaque année [1]."
needs_library = pytest.mark.skipif(
    importlib.util.find_spec("langchain_huggingface") is None, reason="the extra 'models' is not installed"
)


def loaded(folder: Path, *, max_tokens: int = 40, timeout_s: float = 60.0) -> ChainGenerator:
    model = LocalModel(str(folder), device="cpu", threads=1, timeout_s=timeout_s, max_tokens=max_tokens)
    model.prepare()
    return ChainGenerator(model)


def said_by(generator: ChainGenerator) -> str:
    async def collect() -> str:
        return "".join([piece async for piece in generator.stream("Combien de sessions ?", ENTRIES[:2])])

    return asyncio.run(collect())


@pytest.mark.slow
@needs_library
@pytest.mark.parametrize("template", [None, NO_SYSTEM, "default"], ids=["no template", "no system role", "both roles"])
def test_it_says_what_the_model_says(tmp_path: Path, template: str | None) -> None:
    folder = reciting(tmp_path / "tiny", SENTENCE, **({} if template == "default" else {"template": template}))
    generator = loaded(folder)
    assert generator.name == "tiny"
    assert said_by(generator).strip() == SENTENCE


@pytest.mark.slow
@needs_library
def test_a_text_without_an_end_is_no_answer(tmp_path: Path) -> None:
    for folder in (random(tmp_path / "random"), reciting(tmp_path / "endless", SENTENCE, ends=False)):
        with pytest.raises(GenerationFailed) as caught:
            said_by(loaded(folder))
        assert caught.value.reason == "cut"


@pytest.mark.slow
@needs_library
def test_who_stops_reading_stops_the_generation(tmp_path: Path) -> None:
    before = set(threading.enumerate())
    generator = loaded(reciting(tmp_path / "endless", SENTENCE, ends=False), max_tokens=100_000, timeout_s=3600)

    async def one_piece() -> None:
        async with aclosing(generator.stream("Combien ?", ENTRIES[:1])) as pieces:
            async for piece in pieces:
                if piece.strip():
                    return

    asyncio.run(one_piece())
    for thread in set(threading.enumerate()) - before:
        thread.join(60)
        assert not thread.is_alive() or thread.daemon


@pytest.mark.slow
@needs_library
def test_a_generation_that_breaks_is_told_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    generator = loaded(reciting(tmp_path / "tiny", SENTENCE))

    def broken(*args: object, **options: object) -> None:
        raise RuntimeError("CUDA out of memory")

    monkeypatch.setattr(generator._model._pipeline.pipeline.model, "generate", broken)  # type: ignore[attr-defined]
    with pytest.raises(GenerationFailed) as caught:
        said_by(generator)
    assert caught.value.reason == "crashed"


@pytest.mark.slow
@needs_library
def test_a_folder_without_a_model_is_told_with_the_mend(tmp_path: Path) -> None:
    model = LocalModel(str(tmp_path), device="cpu", threads=1, timeout_s=1, max_tokens=16)
    with pytest.raises(ModelUnavailable, match="ne contient pas de modèle") as caught:
        model.prepare()
    assert "safetensors" in caught.value.mend


@pytest.fixture
def packages(monkeypatch: pytest.MonkeyPatch) -> None:
    """The packages seem to be there; nothing imports them."""
    monkeypatch.setattr(local_model, "find_spec", lambda name: ModuleType(name))


def test_until_it_is_loaded_it_fails_politely(packages: None) -> None:
    model = LocalModel("some/model", device="auto", threads=1, timeout_s=1, max_tokens=16)
    assert model.name == "some/model"
    with pytest.raises(GenerationFailed) as caught:
        model.words()
    assert caught.value.reason == "loading"


def test_a_missing_package_names_the_command_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_model, "find_spec", lambda name: None)
    with pytest.raises(ModelUnavailable, match="langchain_huggingface") as caught:
        LocalModel("some/model", device="auto", threads=1, timeout_s=1, max_tokens=16)
    assert "guichet[models]" in caught.value.mend


def test_importing_it_loads_no_model_library() -> None:
    code = "import sys, app.answer.local_model; print([m for m in ('torch', 'transformers') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
