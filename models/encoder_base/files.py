"""Writing the model: ONNX in 8 bits with its config, or a sentence-transformers folder."""

from __future__ import annotations

import hashlib
import json
import tempfile
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer
from torch import nn
from transformers import BertModel

from encoder_base.network import SentenceModel
from encoder_base.vocabulary import make_tokenizer
from encoder_base.wheel import MEMBER_SHA256, REQUIREMENT, Pieces

ENCODER_ID = "guichet-fr-e5-small"
MAX_TOKENS = 512
PROMPTS = {"query": "query: ", "passage": "passage: "}
"""What E5 was trained with; without them it ranks worse (Wang et al., 2024)."""
OPSET = 18


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
        "files": {name: file_hash(folder / name) for name in ("model.onnx", "tokenizer.json", "lexicon.tsv")},
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
