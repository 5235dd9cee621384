"""The packaged encoder as a sentence-transformers folder: `python models/unpack_encoder.py FOLDER`.

Reads the 8-bit weights back from model.onnx as float32 numbers, so that whoever
wants to train on, compare or convert the shipped model can open it with
sentence-transformers. No download is needed.

Needs the extra `guichet[build-encoder]`.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

import numpy as np
import onnx
import torch
from encoder_base.files import ENCODER_ID, save_sentence_transformers
from onnx import numpy_helper
from tokenizers import Tokenizer
from transformers import BertConfig, BertModel

Arrays = dict[str, np.ndarray[Any, Any]]
HERE = Path(__file__).resolve().parent
PREFIX = "bert."


def read_weights(model: Any) -> Arrays:
    """Every weight of the graph by its name in the state of a BertModel, as float32."""
    held: Arrays = {i.name: numpy_helper.to_array(i) for i in model.graph.initializer}
    weights = {
        name.removeprefix(PREFIX): array
        for name, array in held.items()
        if name.startswith(PREFIX) and name.endswith((".bias", ".weight"))
    }
    users: dict[str, list[Any]] = {}
    for node in model.graph.node:
        for name in node.input:
            users.setdefault(name, []).append(node)
    for node in model.graph.node:
        if node.op_type == "MatMulInteger":
            layer = _bias_after(node, users).removesuffix(".bias")
            weights[f"{layer.removeprefix(PREFIX)}.weight"] = _dequantised(held, node.input[1]).T
        elif node.op_type == "Gather" and node.input[0].endswith("_quantized"):
            name = node.input[0].removesuffix("_quantized").removeprefix(PREFIX)
            weights[name] = _dequantised(held, node.input[0])
    return weights


def _bias_after(node: Any, users: dict[str, list[Any]]) -> str:
    """Name of the bias added to a product, which tells the layer that it belongs to."""
    while node.op_type != "Add":
        node = users[node.output[0]][0]
    return str(next(name for name in node.input if name.endswith(".bias")))


def _dequantised(held: Arrays, name: str) -> np.ndarray[Any, Any]:
    """(quantised - zero point) · scale, by column where there is a scale a column."""
    stem = name.removesuffix("_quantized")
    quantised = held[name].astype(np.float32)
    shifted = quantised - held[f"{stem}_zero_point"].astype(np.float32)
    return np.asarray(shifted * held[f"{stem}_scale"], dtype=np.float32)


def build(weights: Arrays) -> BertModel:
    """A BertModel with these weights; its shape is read from them."""
    pieces, hidden = weights["embeddings.word_embeddings.weight"].shape
    config = BertConfig(
        vocab_size=pieces,
        hidden_size=hidden,
        num_hidden_layers=1 + max(int(name.split(".")[2]) for name in weights if name.startswith("encoder.layer.")),
        num_attention_heads=12,
        intermediate_size=weights["encoder.layer.0.intermediate.dense.weight"].shape[0],
        max_position_embeddings=weights["embeddings.position_embeddings.weight"].shape[0],
        type_vocab_size=weights["embeddings.token_type_embeddings.weight"].shape[0],
    )
    bert = BertModel(config, add_pooling_layer=False)
    bert.load_state_dict({name: torch.from_numpy(array.copy()) for name, array in weights.items()})
    return bert.eval()


def main(folder: Path, source: Path = HERE / ENCODER_ID) -> None:
    """Write `source` as a sentence-transformers folder."""
    bert = build(read_weights(onnx.load(str(source / "model.onnx"))))
    tokenizer = Tokenizer.from_file(str(source / "tokenizer.json"))
    special = {token["id"]: token["content"] for token in json.loads(tokenizer.to_str())["added_tokens"]}
    known = set(special.values())
    names = {"bos": "<s>", "cls": "<s>", "eos": "</s>", "sep": "</s>", "pad": "<pad>", "unk": "<unk>"}
    if not set(names.values()) <= known:
        raise SystemExit(f"{source} has other special tokens: {sorted(known)}")
    save_sentence_transformers(bert, tokenizer, names, folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
