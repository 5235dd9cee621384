"""French texts and question → passage pairs to train on, from the named datasets.

Each text remembers its document, so that a document held out for development or
test gives nothing to training: neither its text nor a sentence that it shares.
Nothing is read from the FAQ that the product serves, nor from its evaluation.
"""

from __future__ import annotations

import csv
import hashlib
import json
import random
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

SHEETS, LABOUR, ENCYCLOPAEDIC = "service_public_qr", "cdtn_faq", "piaf"
INVENTED = "invented"
"""The FAQs of institutions that don't exist, written for training with what visitors ask them."""
WRITTEN = Path(__file__).resolve().parent / "written"
"""What was written for training: asked.tsv on entries of the datasets, faqs.jsonl whole FAQs, near.tsv what they
don't answer."""
SENTENCE_END = re.compile(r"(?<=[.?!])\s+")
SHORTEST, LONGEST = 25, 400
"""Characters: below, a fragment says too little; above, the teacher is asked too much."""
WINDOW = 320
HELD_OUT = Path(__file__).resolve().parents[1] / "dev" / "held_out.tsv"
ENCYCLOPAEDIC_SENTENCES = 2_500
"""Of some 4,000: most of the text at hand is encyclopaedic and the use is not."""


@dataclass(frozen=True, slots=True)
class Text:
    """A text to distil on; `kind` in question, sentence, window, asked."""

    text: str
    corpus: str
    document: str
    kind: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A question and what answers it; `document` names the passage in its corpus, `faq` those it is near to.

    `asked` is what visitors might write whom this entry answers, `near` what looks like it and no entry of
    the FAQ answers.
    """

    question: str
    answer: str
    corpus: str
    document: str
    faq: str = ""
    asked: tuple[str, ...] = ()
    near: tuple[str, ...] = ()


def read_lines(path: Path) -> list[dict[str, str]]:
    """The objects of a file of JSON lines."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def read_table(path: Path) -> list[dict[str, str]]:
    """The rows of a tab-separated file with a header."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def read_entries(datasets: Path, corpus: str) -> list[Entry]:
    """Each judged pair of a corpus in BEIR layout."""
    folder = datasets / corpus
    passages = {row["id"]: row["text"] for row in read_lines(folder / "corpus.jsonl")}
    questions = {row["id"]: row["text"] for row in read_lines(folder / "queries.jsonl")}
    return [
        Entry(squeeze(questions[row["query-id"]]), passages[row["corpus-id"]], corpus, row["corpus-id"])
        for row in read_table(folder / "qrels.tsv")
    ]


def squeeze(text: str) -> str:
    """The text on one line, single spaces."""
    return " ".join(text.split())


def is_kept_for_measuring(document: str, share: int = 5) -> bool:
    """Whether an encyclopaedic passage is kept out of training: one in `share`, by its digest."""
    return hashlib.sha256(document.encode()).digest()[0] % share == 0


def sentences(text: str) -> Iterator[str]:
    """The sentences and list items of a text, none too short or too long."""
    for line in text.splitlines():
        for sentence in SENTENCE_END.split(squeeze(line)):
            if SHORTEST <= len(sentence) <= LONGEST:
                yield sentence.lstrip("-• ")


def windows(text: str, size: int = WINDOW) -> Iterator[str]:
    """Runs of whole sentences of about `size` characters."""
    run = ""
    for sentence in sentences(text):
        if run and len(run) + len(sentence) > size:
            yield run
            run = ""
        run = f"{run} {sentence}".strip()
    if len(run) > SHORTEST:
        yield run


def texts_of(entry: Entry, seed: int) -> Iterator[Text]:
    """All that one entry gives: its question, its sentences, one window in three."""
    yield Text(entry.question, entry.corpus, entry.document, "question")
    for sentence in sentences(entry.answer):
        yield Text(sentence, entry.corpus, entry.document, "sentence")
    if entry.corpus in {SHEETS, LABOUR}:
        chance = random.Random(f"{seed}{entry.document}")
        for window in windows(entry.answer):
            if chance.random() < 1 / 3:
                yield Text(window, entry.corpus, entry.document, "window")


def asked_entries(datasets: Path, *, more: bool = False) -> list[Entry]:
    """Entries with what was written for them: those of the datasets that training may see, and invented ones.

    `more` adds the FAQs of written/more_faqs.jsonl.
    """
    held_out = read_held_out(HELD_OUT, datasets)
    asked: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for row in read_table(WRITTEN / "asked.tsv"):
        asked[row["corpus"], row["document"]].append(row["text"])
    found: dict[tuple[str, str], Entry] = {}
    for corpus in (SHEETS, LABOUR):
        for entry in read_entries(datasets, corpus):
            key = (corpus, entry.document)
            if held_out.allows(entry) and key in asked:
                found.setdefault(key, replace(entry, asked=tuple(asked[key])))
    return [*found.values(), *read_invented(), *(read_invented("more_") if more else ())]


def read_invented(prefix: str = "") -> list[Entry]:
    """The entries of written/faqs.jsonl; a document is its FAQ's name and its place in it, from 1."""
    near: defaultdict[str, list[str]] = defaultdict(list)
    for row in read_table(WRITTEN / f"{prefix}near.tsv"):
        near[row["document"]].append(row["text"])
    places: defaultdict[str, int] = defaultdict(int)
    found = []
    for line in (WRITTEN / f"{prefix}faqs.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        places[row["faq"]] += 1
        document = f"{row['faq']}/{places[row['faq']]}"
        texts = row["question"], row["answer"]
        found.append(Entry(*texts, INVENTED, document, row["faq"], tuple(row["asked"]), tuple(near[document])))
    return found


def all_texts(datasets: Path, seed: int, *, more: bool = False) -> list[Text]:
    """Every text to translate, each once, in an order that depends on `seed` alone; `more` as in asked_entries."""
    found: dict[str, Text] = {}
    for corpus in (SHEETS, LABOUR):
        for entry in read_entries(datasets, corpus):
            add(found, texts_of(entry, seed))
    entries = read_entries(datasets, ENCYCLOPAEDIC)
    seen = [entry for entry in entries if not is_kept_for_measuring(entry.document)]
    pieces = [text for entry in seen for text in texts_of(entry, seed)]
    add(found, [text for text in pieces if text.kind == "question"])
    loose = sorted({text.text: text for text in pieces if text.kind == "sentence"}.items())
    random.Random(seed).shuffle(loose)
    add(found, [text for _, text in loose[:ENCYCLOPAEDIC_SENTENCES]])
    for entry in asked_entries(datasets, more=more):
        if entry.corpus == INVENTED:
            add(found, texts_of(entry, seed))
        add(found, [Text(text, entry.corpus, entry.document, "asked") for text in entry.asked + entry.near])
    held_out = read_held_out(HELD_OUT, datasets)
    return [text for text in found.values() if held_out.allows(text)]


def add(found: dict[str, Text], texts: Iterable[Text]) -> None:
    """Add the texts that are new, whatever their case."""
    for text in texts:
        found.setdefault(text.text.casefold(), text)


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Documents kept out of training, as (corpus, document), and their sentences."""

    documents: frozenset[tuple[str, str]]
    sentences: frozenset[str]

    def allows(self, text: Text | Entry) -> bool:
        """Whether training may see it."""
        if (text.corpus, text.document) in self.documents:
            return False
        if text.corpus == ENCYCLOPAEDIC and is_kept_for_measuring(text.document):
            return False
        return not (isinstance(text, Text) and text.text.casefold() in self.sentences)


def read_held_out(path: Path, datasets: Path) -> HeldOut:
    """models/dev/held_out.tsv, and the sentences of the documents it names."""
    documents = frozenset((row["corpus"], row["document"]) for row in read_table(path))
    texts = {
        text.text.casefold()
        for corpus in (SHEETS, LABOUR)
        for entry in read_entries(datasets, corpus)
        if (corpus, entry.document) in documents
        for text in texts_of(entry, 0)
    }
    return HeldOut(documents, frozenset(texts))
