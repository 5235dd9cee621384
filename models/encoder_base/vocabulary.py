"""Choosing the pieces that French needs, and the tokenizer over them."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path

from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

from encoder_base.wheel import Pieces

VOCABULARY = 32_000
"""Pieces kept of 250,002: enough for French, and 85 MB of weights less at 8 bits."""
LEXICON_WORDS = 100_000
"""Down to one use in ten million words: with fewer, rare words get mended; with more, slips pass for words."""
WORD = re.compile("[a-zàâäéèêëîïôöùûüÿçœæ]{1,25}")
WORD_START = "▁"
"""SentencePiece's mark for a blank before the piece."""


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


def write_lexicon(path: Path, size: int = LEXICON_WORDS) -> None:
    """The commonest French words, by which app/core/spelling.py mends questions: word, tab, tenths of Zipf points."""
    import wordfreq

    words = (word for word, _ in french_words() if WORD.fullmatch(word))
    rows = (f"{word}\t{round(10 * wordfreq.zipf_frequency(word, 'fr', wordlist='large'))}\n" for word in words)
    path.write_text("".join(islice(rows, size)), encoding="utf-8")


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
