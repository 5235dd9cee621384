"""A GGUF file of a few kilobytes with random weights: llama.cpp loads it, and what it says means nothing."""

from __future__ import annotations

from pathlib import Path

WIDTH, HEADS, WORDS = 32, 2, 300


def write(path: Path, name: str) -> Path:
    """A Llama of one layer whose card says `name`."""
    import numpy as np
    from gguf import GGUFWriter

    out = GGUFWriter(path, "llama")
    out.add_name(name)
    out.add_size_label("1K")
    out.add_license("apache-2.0")
    out.add_context_length(4096)
    out.add_embedding_length(WIDTH)
    out.add_block_count(1)
    out.add_feed_forward_length(WIDTH)
    out.add_head_count(HEADS)
    out.add_head_count_kv(HEADS)
    out.add_layer_norm_rms_eps(1e-5)
    out.add_rope_dimension_count(WIDTH // HEADS)
    out.add_file_type(0)
    tokens = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256))]
    tokens += [f"▁mot{at}" for at in range(WORDS - len(tokens))]
    out.add_tokenizer_model("llama")
    out.add_token_list(tokens)
    out.add_token_scores([0.0] * len(tokens))
    out.add_token_types([2, 3, 3, *[6] * 256, *[1] * (len(tokens) - 259)])
    out.add_bos_token_id(1)
    out.add_eos_token_id(2)
    out.add_unk_token_id(0)
    out.add_chat_template("{% for message in messages %}{{ message['content'] }}\n{% endfor %}")
    drawn = np.random.default_rng(0)

    def matrix(rows: int, columns: int) -> np.ndarray:  # type: ignore[type-arg]
        return (drawn.standard_normal((rows, columns)) / 8).astype(np.float32)

    out.add_tensor("token_embd.weight", matrix(len(tokens), WIDTH))
    out.add_tensor("output.weight", matrix(len(tokens), WIDTH))
    for norm in ("output_norm", "blk.0.attn_norm", "blk.0.ffn_norm"):
        out.add_tensor(f"{norm}.weight", np.ones(WIDTH, dtype=np.float32))
    for square in ("attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down"):
        out.add_tensor(f"blk.0.{square}.weight", matrix(WIDTH, WIDTH))
    out.write_header_to_file()
    out.write_kv_data_to_file()
    out.write_tensors_to_file()
    out.close()
    return path
