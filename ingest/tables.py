"""stub"""
from __future__ import annotations
from pathlib import Path
from typing import Any
from app.core.types import FaqMeta
from ingest.model import ParsedEntry, Problem
def read_table(path: Path, data: bytes) -> tuple[FaqMeta, list[Any], list[Problem]]: raise NotImplementedError
def to_entry(path: Path, row: Any, resolve: Any) -> ParsedEntry: raise NotImplementedError
