"""Where the material that is not part of the project lies, if it is there."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
SHARED = ROOT.parent / "shared"
DATA = ROOT / "data" / "faq_fr.md"
SOURCE = SHARED / "faq" / "faq_fr_source.md"
LAYOUTS = SHARED / "faq_layouts"

needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="../shared is not here")
