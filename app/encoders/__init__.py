"""Encoders: the packaged ONNX model, or any sentence-transformers model.

Importing this package loads no model library; opening an encoder loads its own.
"""

from __future__ import annotations

from pathlib import Path

from app.core.errors import EncoderUnavailable
from app.core.ports import Encoder
from app.core.spelling import Speller
from app.encoders import messages

PACKAGED = "packaged"
"""The setting's value for the encoder that comes with Guichet."""


def packaged_folder() -> Path:
    """The folder of the packaged encoder; EncoderUnavailable when it is not there."""
    folder = Path(__file__).resolve().parents[2] / "models" / "guichet-fr-e5-small"
    if not folder.is_dir():
        raise EncoderUnavailable(
            messages.NO_PACKAGED.format(folder=folder),
            mend=messages.NO_PACKAGED_MEND,
        )
    return folder


def open_encoder(spec: str, *, threads: int = 1, lone_threads: int = 1, cache_size: int = 1024) -> Encoder:
    """The encoder that `spec` names.

    `spec` is "packaged", a folder of the packaged encoder's format, or the name or
    folder of a sentence-transformers model. `threads` is the number of threads a text
    is computed on, `lone_threads` that of one that nobody else's is computed beside, by the
    packaged encoder; `cache_size` the number of single queries the packaged encoder
    remembers. Raises EncoderUnavailable with what to do about it.
    """
    from app.encoders.onnx import LEXICON, OnnxEncoder, is_packaged

    folder = packaged_folder() if spec == PACKAGED else Path(spec)
    if spec == PACKAGED or is_packaged(folder):
        return OnnxEncoder(folder, threads=threads, lone_threads=lone_threads, cache_size=cache_size)

    from app.encoders.sentence_transformer import SentenceTransformerEncoder

    lexicon = packaged_folder() / LEXICON
    speller = Speller.read(lexicon) if lexicon.exists() else None
    return SentenceTransformerEncoder(spec, threads=threads, speller=speller)


def side_by_side(encoder: Encoder) -> bool:
    """Whether texts may be embedded on several threads at once and gain by it; torch has threads of its own."""
    from app.encoders.onnx import OnnxEncoder

    return isinstance(encoder, OnnxEncoder)
