"""open_encoder: which encoder a setting's value gives, and what is said when it can't."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import app.encoders
import app.encoders.onnx
import app.encoders.sentence_transformer
from app.core.errors import EncoderUnavailable
from app.encoders import PACKAGED, open_encoder, packaged_folder


class Opened:
    """Stands for an encoder class and keeps what it was opened with."""

    def __init__(self, place: object, **options: object) -> None:
        self.place = place
        self.options = options


@pytest.fixture
def onnx(monkeypatch: pytest.MonkeyPatch) -> type[Opened]:
    class Onnx(Opened):
        pass

    monkeypatch.setattr(app.encoders.onnx, "OnnxEncoder", Onnx)
    return Onnx


@pytest.fixture
def sentence_transformer(monkeypatch: pytest.MonkeyPatch) -> type[Opened]:
    class SentenceTransformer(Opened):
        pass

    monkeypatch.setattr(app.encoders.sentence_transformer, "SentenceTransformerEncoder", SentenceTransformer)
    return SentenceTransformer


def test_packaged_opens_the_folder_beside_the_app(onnx: type[Opened]) -> None:
    encoder = open_encoder(PACKAGED, threads=2, lone_threads=3, cache_size=7)
    assert isinstance(encoder, onnx)
    assert encoder.place == packaged_folder()
    assert encoder.options == {"threads": 2, "lone_threads": 3, "cache_size": 7}


def test_a_folder_of_our_format_opens_with_onnx(tmp_path: Path, onnx: type[Opened]) -> None:
    (tmp_path / "model.onnx").touch()
    (tmp_path / "config.json").touch()
    assert isinstance(open_encoder(str(tmp_path)), onnx)


@pytest.mark.parametrize("spec", ["intfloat/multilingual-e5-base", "FOLDER"])
def test_anything_else_is_for_sentence_transformers(
    spec: str, tmp_path: Path, sentence_transformer: type[Opened]
) -> None:
    spec = str(tmp_path) if spec == "FOLDER" else spec
    encoder = open_encoder(spec, threads=3)
    assert isinstance(encoder, sentence_transformer)
    assert encoder.place == spec
    assert encoder.options["threads"] == 3
    assert encoder.options["speller"].mend("inscripsion")[0] == "inscription"


def test_a_missing_packaged_folder_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app.encoders, "__file__", str(tmp_path / "app" / "encoders" / "__init__.py"))
    with pytest.raises(EncoderUnavailable, match="encodeur fourni manque") as caught:
        open_encoder(PACKAGED)
    assert "GUICHET_ENCODER" in caught.value.mend


def test_importing_the_package_loads_no_model_library() -> None:
    heavy = {"torch", "transformers", "sentence_transformers", "onnxruntime", "tokenizers"}
    code = (
        "import sys, app.encoders, app.encoders.onnx, app.encoders.sentence_transformer;"
        f"print(sorted({heavy!r} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
