"""`python -m evals.grounding.thesaurus THES_FR.dat`: the word tables that the verifier reads beside its own.

Makes app/answer/verify/near.tsv, stems.tsv and verbs.tsv from the thesaurus of Debian's package mythes-fr 7.5.0
(/usr/share/mythes/thes_fr.dat, LGPL-2.1+) and the lemmas of simplemma 2.0.0 (MIT, `pip install simplemma==2.0.0`),
for the 100,000 commonest words of the encoder's lexicon.

near.tsv: a folded lemma, a tab, the lemmas it may stand for, each pair once. stems.tsv: a stem, a tab, the lemmas
of near.tsv that have it. verbs.tsv: a folded lemma of a verb, a tab, its forms that are no noun or adjective.
"""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import simplemma  # type: ignore[import-not-found,unused-ignore]

from app.answer.verify.lexicon import stemmed
from app.core.folding import fold
from app.settings import ROOT

LEXICON = ROOT / "models" / "guichet-fr-e5-small" / "lexicon.tsv"
TABLES = ROOT / "app" / "answer" / "verify"
SHORTEST = 3
_WORD = re.compile(r"[a-z]+")
_REMARK = re.compile(r"\s*\([^)]*\)")
_INFINITIVE = ("er", "ir", "re")
HEAD = "# Made by evals/grounding/thesaurus.py from {source}; do not edit.\n"


def entries(path: Path) -> Iterator[tuple[str, str, list[str]]]:
    """(head word, part of speech, synonyms) as the thesaurus has them."""
    head = ""
    for line in path.read_text(encoding="utf-8").splitlines()[1:]:
        first, *rest = line.split("|")
        if first.startswith("("):
            yield head, first, [_REMARK.sub("", word).strip() for word in rest]
        else:
            head = first


def main(source: Path) -> None:
    """Write the tables."""
    forms = [line.split("\t")[0] for line in LEXICON.read_text(encoding="utf-8").splitlines()]
    lemmas = {form: simplemma.lemmatize(form, lang="fr") for form in forms}
    common = {fold(lemma) for lemma in lemmas.values()}
    near: defaultdict[str, set[str]] = defaultdict(set)
    kinds: defaultdict[str, str] = defaultdict(str)
    for head, kind, synonyms in entries(source):
        kinds[fold(head)] += kind
        one = fold(head)
        for other in map(fold, synonyms):
            if _known(one, common) and _known(other, common) and one != other:
                near[min(one, other)].add(max(one, other))
    rows = [f"{one}\t{','.join(sorted(near[one]))}" for one in sorted(near)]
    note = HEAD.format(source="mythes-fr 7.5.0 (LGPL-2.1+)")
    (TABLES / "near.tsv").write_text(note + "\n".join(rows) + "\n", encoding="utf-8")
    stems: defaultdict[str, set[str]] = defaultdict(set)
    for lemma in {*near, *(other for others in near.values() for other in others)}:
        stems[stemmed(lemma)].add(lemma)
    rows = [f"{root}\t{','.join(sorted(stems[root]))}" for root in sorted(stems)]
    (TABLES / "stems.tsv").write_text(note + "\n".join(rows) + "\n", encoding="utf-8")
    verbs: defaultdict[str, set[str]] = defaultdict(set)
    for form, lemma in lemmas.items():
        folded = fold(form)
        verb = fold(lemma)
        if "Verbe" not in kinds[verb] or not verb.endswith(_INFINITIVE) or not _WORD.fullmatch(folded):
            continue
        if folded == verb or not re.search("Nom|Adj", kinds[folded]):
            verbs[verb].add(folded)
    rows = [f"{verb}\t{','.join(sorted(verbs[verb]))}" for verb in sorted(verbs)]
    note = HEAD.format(source="mythes-fr 7.5.0 (LGPL-2.1+) and simplemma 2.0.0 (MIT)")
    (TABLES / "verbs.tsv").write_text(note + "\n".join(rows) + "\n", encoding="utf-8")


def _known(word: str, common: set[str]) -> bool:
    return len(word) >= SHORTEST and word in common and _WORD.fullmatch(word) is not None


if __name__ == "__main__":
    main(Path(sys.argv[1]))
