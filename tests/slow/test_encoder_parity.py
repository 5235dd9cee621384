"""The packaged encoder against the same weights in float32 through sentence-transformers."""

from __future__ import annotations

import subprocess
import sys
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from app.core.ports import Encoder, Preparing
from app.encoders import PACKAGED, open_encoder
from app.encoders.onnx import OnnxEncoder

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

ROOT = Path(__file__).resolve().parents[2]

OPENINGS = (
    "Comment",
    "bonjour, je voudrais savoir comment",
    "où et quand peut-on",
    "Est-il possible de",
    "cmt",
)
MATTERS = (
    "s'inscrire à une formation en alternance ?",
    "obtenir une attestation de réussite",
    "payer les droits d’inscription en plusieurs fois ?",
    "faire valider ses acquis (VAE) quand on est salarié ?",
    "changer d'adresse e-mail dans l'espace élève",
    "demander un remboursement après une annulation ?",
    "contacter le secrétariat svp merci",
    "passer un examen à distance si l'on est à l'étranger ?",
    "récupérer son diplôme de 2019 : faut-il une pièce d'identité ?",
    "suivre l’UE NFP121 en cours du soir",
    "bénéficier d'un aménagement pour handicap ?",
    "trouver le prix d'un ECTS, 20 € ou 25 € ?",
    "savoir si l'on a droit au chômage pendant le contrat d'apprentissage",
    "transmettre sa convention de stage à l'employeur",
    "se désinscrire sans frais avant le 31/10 ?",
    "OBTENIR UN CERTIFICAT DE SCOLARITÉ EN URGENCE",
    "choisir entre une licence professionnelle et un master",
    "refaire sa carte d'étudiant perdue",
    "connaître les dates de la rentrée et le calendrier des cours",
    "avoir un rdv avec un conseiller",
    "financer ses études avec le compte personnel de formation",
)
SENTENCES = [f"{opening} {matter}" for opening, matter in product(OPENINGS, MATTERS)]
LONG = " ".join((ROOT / "data" / "faq_fr.md").read_text("utf-8").split())[:20_000]


@pytest.fixture(scope="module")
def packaged() -> Encoder:
    return open_encoder(PACKAGED, cache_size=0)


@pytest.fixture(scope="module")
def exact(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Encoder]:
    """The packaged weights in float32, as a folder that sentence-transformers opens."""
    folder = tmp_path_factory.mktemp("sentence-transformers") / "model"
    subprocess.run([sys.executable, str(ROOT / "models" / "unpack_encoder.py"), str(folder)], check=True)
    with warnings.catch_warnings():
        # Importing torch and transformers warns of their own dependencies' deprecations.
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.simplefilter("ignore", FutureWarning)
        yield open_encoder(str(folder))


def test_both_paths_give_the_same_vectors(packaged: Encoder, exact: Encoder) -> None:
    assert len(SENTENCES) >= 100
    for here, there in (
        (packaged.encode_queries, exact.encode_queries),
        (packaged.encode_passages, exact.encode_passages),
    ):
        cosines = (here(SENTENCES) * there(SENTENCES)).sum(axis=1)
        assert cosines.mean() >= 0.99
        assert cosines.min() >= 0.97
    assert packaged.dimension == exact.dimension
    assert packaged.fingerprint != exact.fingerprint


def test_a_text_longer_than_the_model_reads_is_cut_alike(packaged: Encoder, exact: Encoder) -> None:
    here = packaged.encode_passages([LONG])[0]
    there, shorter = exact.encode_passages([LONG, LONG[: len(LONG) // 16]])
    # One text: what the least of many may be off by eight bits is what it may.
    assert here @ there >= 0.97
    assert here @ there > here @ shorter + 0.01


def test_threads_get_the_same_vectors_as_one_caller(packaged: Encoder) -> None:
    serial = packaged.encode_queries(SENTENCES)
    with ThreadPoolExecutor(8) as pool:
        rows = list(pool.map(lambda text: packaged.encode_queries([text])[0], SENTENCES * 2))
    np.testing.assert_allclose(np.array(rows), np.concatenate([serial, serial]), atol=1e-5)


def test_a_question_computed_on_more_threads_has_the_same_vector(packaged: Encoder) -> None:
    lone = open_encoder(PACKAGED, lone_threads=2, cache_size=0)
    assert isinstance(lone, Preparing)
    for text in SENTENCES[:8]:
        np.testing.assert_array_equal(lone.prepared(text)(), packaged.encode_queries([text]))


def test_threads_share_a_cache() -> None:
    encoder = open_encoder(PACKAGED, cache_size=4)
    texts = SENTENCES[:8]
    expected = encoder.encode_passages(["une phrase pour faire autre chose"]), encoder.encode_queries(texts)
    with ThreadPoolExecutor(8) as pool:
        rows = list(pool.map(lambda text: encoder.encode_queries([text])[0], texts * 10))
    np.testing.assert_allclose(np.array(rows), np.tile(expected[1], (10, 1)), atol=1e-5)


def test_a_caller_cannot_spoil_the_cache() -> None:
    encoder = open_encoder(PACKAGED, cache_size=4)
    first = encoder.encode_queries(["Où est le secrétariat ?"])
    kept = first.copy()
    first[:] = 0
    np.testing.assert_array_equal(encoder.encode_queries(["Où est le secrétariat ?"]), kept)


def test_a_vector_depends_on_its_text_only(packaged: Encoder) -> None:
    together = packaged.encode_passages([*SENTENCES[:20], LONG])
    alone = np.concatenate([packaged.encode_passages([text]) for text in SENTENCES[:20]])
    np.testing.assert_array_equal(together[:20], alone)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "\x00",
        "\ud800",
        "\u202e\u200b",
        "a" * 100_000,
        "é" * 5_000,
        "😀" * 1_000,
        "你好",
        "<s></s><unk>",
        "\n\t",
    ],
)
def test_any_string_has_a_unit_vector(packaged: Encoder, text: str) -> None:
    for vectors in (packaged.encode_queries([text]), packaged.encode_passages([text, "autre"])[:1]):
        assert vectors.shape == (1, packaged.dimension)
        assert vectors.dtype == np.float32
        assert vectors.flags.c_contiguous
        assert np.linalg.norm(vectors) == pytest.approx(1.0, abs=1e-4)


def test_no_text_gives_no_vector(packaged: Encoder) -> None:
    assert packaged.encode_queries([]).shape == (0, packaged.dimension)
    assert packaged.encode_passages([]).shape == (0, packaged.dimension)


def test_opening_twice_gives_one_fingerprint(packaged: Encoder) -> None:
    assert isinstance(packaged, OnnxEncoder)
    assert open_encoder(PACKAGED).fingerprint == packaged.fingerprint


def test_a_question_is_nearest_to_its_answer(packaged: Encoder) -> None:
    passages = packaged.encode_passages(
        [
            "Le paiement peut être échelonné en trois fois.",
            "Les cours ont lieu le soir.",
            "Écrivez au secrétariat.",
        ]
    )
    query = packaged.encode_queries(["Puis-je payer en plusieurs mensualités ?"])[0]
    assert (passages @ query).argmax() == 0
