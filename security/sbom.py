"""A CycloneDX bill of materials of an installation: `python -m security.sbom [FILE]`, `make sbom`.

cyclonedx-py describes the environment; what is there only for development is left out.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name

from security.dependencies import needed
from security.licences import EXTRAS, ROOT

OUTPUT = ROOT / "build" / "sbom.cdx.json"


def environment() -> dict[str, Any]:
    """The whole environment, as cyclonedx-py sees it."""
    command = [
        *(sys.executable, "-m", "cyclonedx_py", "environment", "--output-reproducible", "--spec-version", "1.6"),
        *("--mc-type", "application", "--pyproject", str(ROOT / "pyproject.toml"), sys.executable),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    value: dict[str, Any] = json.loads(done.stdout)
    return value


def bill(extras: tuple[str, ...] = EXTRAS) -> dict[str, Any]:
    """The bill of what an installation with these extras brings."""
    found, names = environment(), set(needed(extras))
    kept = [one for one in found["components"] if canonicalize_name(one["name"]) in names]
    refs = {one["bom-ref"] for one in kept} | {found["metadata"]["component"]["bom-ref"]}
    found["components"] = kept
    found["dependencies"] = [
        {**one, **({"dependsOn": [ref for ref in one["dependsOn"] if ref in refs]} if "dependsOn" in one else {})}
        for one in found["dependencies"]
        if one["ref"] in refs
    ]
    return found


def main() -> None:
    """Write it."""
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else OUTPUT
    path.parent.mkdir(parents=True, exist_ok=True)
    found = bill()
    path.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", "utf-8")
    print(f"{path}: {len(found['components'])} components")


if __name__ == "__main__":
    main()
