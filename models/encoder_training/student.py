"""The student: the pruned multilingual-e5-small in torch, its tokenizer, and its passes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from encoder_base import files, network, vocabulary, wheel
from tokenizers import Tokenizer
from transformers import BertModel

Array = npt.NDArray[np.float32]
Weights = dict[str, torch.Tensor]

STEP = 16
"""Lengths are padded to a multiple: oneDNN plans anew for each shape."""


@dataclass(slots=True)
class Student:
    """The model with the vocabulary it was pruned to."""

    bert: BertModel
    pieces: wheel.Pieces
    tokenizer: Tokenizer
    device: torch.device
    prompts: bool = True
    """Whether texts get E5's prompts; without them questions and passages are read alike."""

    def batch(self, texts: Sequence[str], longest: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Ids and mask of prompted texts, cut after `longest` tokens."""
        ends = [self.tokenizer.encode(text).ids for text in texts]
        rows = [ids if len(ids) <= longest else [*ids[: longest - 1], self.pieces.eos] for ids in ends]
        width = -(-max(map(len, rows)) // STEP) * STEP
        ids = torch.full((len(rows), width), self.pieces.pad)
        for number, row in enumerate(rows):
            ids[number, : len(row)] = torch.tensor(row)
        ids = ids.to(self.device)
        return ids, (ids != self.pieces.pad).long()

    def vectors(self, texts: Sequence[str], longest: int) -> torch.Tensor:
        """Normalised float32 vectors (len(texts), d) of prompted texts, in bfloat16 inside."""
        ids, mask = self.batch(texts, longest)
        with torch.autocast(self.device.type, torch.bfloat16):
            tokens = self.bert(input_ids=ids, attention_mask=mask).last_hidden_state
        weights = mask.unsqueeze(-1).float()
        return torch.nn.functional.normalize((tokens.float() * weights).sum(1) / weights.sum(1), dim=-1)

    def as_queries(self, texts: Sequence[str]) -> list[str]:
        """Questions as the packaged encoder takes them."""
        return [files.PROMPTS["query"] + text for text in texts] if self.prompts else list(texts)

    def as_passages(self, texts: Sequence[str]) -> list[str]:
        """Texts of the FAQ as the packaged encoder takes them."""
        return [files.PROMPTS["passage"] + text for text in texts] if self.prompts else list(texts)

    def encode_queries(self, texts: Sequence[str]) -> Array:
        """Vectors of questions, shape (len(texts), d)."""
        return self._encode(self.as_queries(texts))

    def encode_passages(self, texts: Sequence[str]) -> Array:
        """Vectors of texts of the FAQ, shape (len(texts), d)."""
        return self._encode(self.as_passages(texts))

    def keep_layers(self, count: int) -> None:
        """Keep `count` layers, evenly spread, the last one among them."""
        layers = list(self.bert.encoder.layer)
        kept = [layers[round((at + 1) * len(layers) / count) - 1] for at in range(count)]
        self.bert.encoder.layer = torch.nn.ModuleList(kept)

    def _encode(self, texts: Sequence[str], size: int = 32) -> Array:
        order = sorted(range(len(texts)), key=lambda number: len(texts[number]))
        rows = np.empty((len(texts), self.bert.config.hidden_size), dtype=np.float32)
        self.bert.eval()
        with torch.no_grad():
            for start in range(0, len(order), size):
                part = order[start : start + size]
                made = self.vectors([texts[i] for i in part], files.MAX_TOKENS)
                rows[part] = made.cpu().numpy()
        return rows


def open_student(work: Path) -> Student:
    """The model training starts from: the same vocabulary as models/build_encoder.py gives."""
    source = wheel.read_wheel(wheel.download_wheel(work))
    kept = vocabulary.choose_pieces(source.pieces, [])
    pieces = vocabulary.prune(source.pieces, kept)
    bert = network.build_bert(source, kept, pieces)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    return Student(bert.to(device), pieces, vocabulary.make_tokenizer(pieces), device)


def weights_of(bert: BertModel) -> Weights:
    """A copy of the weights."""
    return {name: value.detach().cpu().clone() for name, value in bert.state_dict().items()}


def average(parts: Iterable[tuple[float, Weights]]) -> Weights:
    """The weighted sum of weights (a "soup": Wortsman et al., 2022)."""
    total: Weights = {}
    for share, weights in parts:
        for name, value in weights.items():
            total[name] = total[name] + share * value if name in total else share * value
    return total
