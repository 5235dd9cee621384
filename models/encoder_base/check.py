"""What the written files are worth: nearness to float32, tokens, speed, size."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

from encoder_base.files import MAX_TOKENS, PROMPTS, file_hash
from encoder_base.vocabulary import french_words
from encoder_base.wheel import Array


def made_questions(count: int = 600) -> list[str]:
    """Questions put together from common French words; the same ones every time."""
    frames = (
        "Comment puis-je {} ma {} avec une {} ?",
        "Où trouver {} pour {} quand on est {} ?",
        "bonjour, je voudrais {} mon {} svp, c'est {} ?",
        "Quels sont les {} de {} et leur {} ?",
        "Je n'ai pas reçu {} : faut-il {} la {} avant l'{} ?",
        "Le {} est-il {} pour les {} de l'{} ?",
    )
    words = [word for word, _ in french_words()[200:20_000] if word.isalpha() and len(word) > 3]
    chance = random.Random(20240208)
    return [frame.format(*chance.sample(words, 4)) for frame, _ in zip(cycle(frames), range(count), strict=False)]


def read_texts(path: Path) -> Iterator[str]:
    """The texts of a file: the field "text" of JSON lines, else its lines."""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.strip():
            yield json.loads(line)["text"] if path.suffix == ".jsonl" else line


class Runner:
    """Runs one ONNX file on one thread, one text at a time."""

    def __init__(self, model: Path, tokenizer: Path) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        self.tokenizer = Tokenizer.from_file(str(tokenizer))
        self.tokenizer.enable_truncation(MAX_TOKENS)

    def __call__(self, text: str) -> Array:
        """The vector of `text`, shape (dimension,)."""
        ids = np.array([self.tokenizer.encode(text).ids], dtype=np.int64)
        feeds = {"input_ids": ids, "attention_mask": np.ones_like(ids)}
        vector: Array = self.session.run(["sentence_embedding"], feeds)[0][0]
        return vector


def report_samples(folder: Path, reference: Path, full: Tokenizer, samples: dict[str, list[str]]) -> None:
    """Print, for each sample, the cosine to float32 and what pruning costs in tokens."""
    packed = Runner(folder / "model.onnx", folder / "tokenizer.json")
    exact = Runner(reference, folder / "tokenizer.json")
    for name, texts in samples.items():
        asked = [PROMPTS["query"] + text for text in texts]
        cosines = np.array([float(packed(text) @ exact(text)) for text in asked])
        encodings = packed.tokenizer.encode_batch(asked)
        unknown = sum("<unk>" in encoding.tokens for encoding in encodings)
        before = sum(len(encoding.ids) for encoding in full.encode_batch(asked))
        growth = 100 * (sum(len(encoding.ids) for encoding in encodings) / before - 1)
        print(f"{len(texts)} texts of {name}: cosine int8/float32 mean {cosines.mean():.4f},", end=" ")
        print(f"least {cosines.min():.4f}; pruning: {growth:+.2f} % tokens, {unknown} texts with <unk>")


def report_cost(folder: Path) -> None:
    """Print the latency of one query on one thread, and the size and digest of each file."""
    packed = Runner(folder / "model.onnx", folder / "tokenizer.json")
    query = PROMPTS["query"] + "Comment puis-je m'inscrire à une formation ?"
    times = []
    for _ in range(220):
        start = time.perf_counter()
        packed(query)
        times.append(1000 * (time.perf_counter() - start))
    p50, p95 = np.percentile(times[20:], [50, 95])
    tokens = len(packed.tokenizer.encode(query).ids)
    print(f"one query of {tokens} tokens on one thread: p50 {p50:.2f} ms, p95 {p95:.2f} ms")
    for name in ("model.onnx", "tokenizer.json"):
        print(f"{name}: {(folder / name).stat().st_size / 1e6:.2f} MB, SHA-256 {file_hash(folder / name)}")
