"""The pruned model in torch."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn
from transformers import BertConfig, BertModel

from encoder_base.wheel import Array, Pieces, QuantisedE5, Shape


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
