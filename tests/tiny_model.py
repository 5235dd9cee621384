"""Causal language models of a few kilobytes, made on the spot: one random, one that recites a sentence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

TEMPLATE = (
    "{% for message in messages %}{{ message['role'] }} : {{ message['content'] }} {% endfor %}"
    "{% if add_generation_prompt %}<réponse>{% endif %}"
)
NO_SYSTEM = (
    "{% for message in messages %}"
    "{% if message['role'] == 'system' %}{{ raise_exception('no system role') }}{% endif %}"
    "{{ message['content'] }} {% endfor %}<réponse>"
)


def reciting(folder: Path, sentence: str, *, ends: bool = True, template: str | None = TEMPLATE) -> Path:
    """A model that says `sentence`, its words all different, after the prompt; without an end if not `ends`.

    Each layer adds nothing, so that the next word depends on the last one alone, and the output layer leads
    from each word to its successor.
    """
    import torch

    words = ["<réponse>", *sentence.split()]
    assert len(set(words)) == len(words)
    ids = {"[UNK]": 0, "</s>": 1, **{f"▁{word}": at for at, word in enumerate(words, start=2)}}
    model = _model(len(ids))
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if name.endswith(("o_proj.weight", "down_proj.weight")):
                weight.zero_()
        model.get_input_embeddings().weight.copy_(torch.eye(len(ids)))
        head = model.get_output_embeddings().weight.zero_()
        for at in range(2, len(ids)):
            head[at + 1 if at + 1 < len(ids) else (1 if ends else 3), at] = 1.0
        head[3, 0] = 1.0  # after a prompt that ends in a word unknown to it
    return _save(folder, model, ids, template)


def random(folder: Path) -> Path:
    """A model with random weights: it never ends, and what it says means nothing."""
    ids = {"[UNK]": 0, "</s>": 1, **{f"▁mot{at}": at for at in range(2, 60)}}
    return _save(folder, _model(len(ids)), ids, TEMPLATE)


def _model(vocabulary: int) -> Any:
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=vocabulary,
        hidden_size=vocabulary,
        intermediate_size=8,
        num_hidden_layers=1,
        num_attention_heads=1,
        head_dim=8,
        max_position_embeddings=4096,
        bos_token_id=None,
        eos_token_id=1,
        pad_token_id=1,
        tie_word_embeddings=False,
    )
    return LlamaForCausalLM(config)


def _save(folder: Path, model: Any, ids: dict[str, int], template: str | None) -> Path:
    from tokenizers import Tokenizer, decoders, pre_tokenizers
    from tokenizers.models import WordLevel
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(WordLevel(ids, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace(prepend_scheme="always")]
    )
    tokenizer.decoder = decoders.Metaspace()
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, unk_token="[UNK]", eos_token="</s>", pad_token="</s>", chat_template=template
    )
    model.save_pretrained(folder)
    fast.save_pretrained(folder)
    return folder
