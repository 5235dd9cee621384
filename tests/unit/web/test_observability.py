"""Metrics: what the documentation, the dashboard and the alerts name is what the code exports, and nothing else."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import promql_parser
import pytest
import yaml
from prometheus_client import REGISTRY

import app.web.metrics  # noqa: F401 - registers the metrics
from tests.serving import ROOT

FOLDER = ROOT / "deploy" / "observability"
OPERATIONS = ROOT / "docs" / "operations.md"
PROCESS = {"up", "process_resident_memory_bytes", "process_cpu_seconds_total"}
"""Prometheus's own, and its client's."""
_SUFFIXES = {"counter": ("_total",), "gauge": ("",), "histogram": ("_bucket", "_sum", "_count")}


def exported() -> dict[str, tuple[str, set[str]]]:
    """Type and labels of each metric of ours, by the name that the documentation gives it."""
    found = {}
    for collector in set(REGISTRY._names_to_collectors.values()):
        for metric in collector.describe() if hasattr(collector, "describe") else ():
            if metric.name.startswith("guichet_"):
                name = metric.name + ("_total" if metric.type == "counter" else "")
                found[name] = (metric.type, set(getattr(collector, "_labelnames", ())))
    return found


def series() -> set[str]:
    """Names that a query may ask for."""
    names = {name.removesuffix("_total"): kind for name, (kind, _) in exported().items()}
    return PROCESS | {name + suffix for name, kind in names.items() for suffix in _SUFFIXES[kind]}


def asked(node: Any) -> Iterator[Any]:
    """The vector selectors of a parsed query."""
    if isinstance(node, promql_parser.VectorSelector):
        yield node
    for name in ("expr", "lhs", "rhs", "param", "vector_selector", "vs"):
        inner = getattr(node, name, None)
        if inner is not None and not isinstance(inner, str):
            yield from asked(inner)
    for argument in getattr(node, "args", None) or ():
        yield from asked(argument)


def queries() -> list[tuple[str, str]]:
    board = json.loads((FOLDER / "grafana.json").read_text("utf-8"))
    found = [(panel["title"], target["expr"]) for panel in board["panels"] for target in panel["targets"]]
    rules = yaml.safe_load((FOLDER / "alerts.yml").read_text("utf-8"))
    return found + [(rule["alert"], rule["expr"]) for group in rules["groups"] for rule in group["rules"]]


def test_the_documentation_lists_every_metric_with_its_type_and_labels() -> None:
    rows = re.findall(r"^\| `(guichet_\w+)` \| (\w+) \| (.*?) \| .+ \|$", OPERATIONS.read_text("utf-8"), re.MULTILINE)
    listed = {name: (kind, set(re.findall(r"`(\w+)`", labels))) for name, kind, labels in rows}
    assert listed == exported()


@pytest.mark.parametrize(("where", "query"), queries(), ids=lambda value: value[:30])
def test_every_query_parses_and_asks_for_what_there_is(where: str, query: str) -> None:
    parsed = promql_parser.parse(query.replace("$job", ".*"))
    selectors = list(asked(parsed))
    assert selectors
    known, labels = series(), {name.removesuffix("_total"): labels for name, (_, labels) in exported().items()}
    for selector in selectors:
        assert selector.name in known, selector.name
        mine = labels.get(re.sub(r"_(total|bucket|sum|count)$", "", selector.name), set())
        for matcher in selector.matchers.matchers:
            assert matcher.name in mine | {"job", "instance"}, (selector.name, matcher.name)


def test_the_check_of_queries_sees_a_wrong_name() -> None:
    (selector,) = asked(promql_parser.parse("sum(rate(guichet_nothing_total[5m]))"))
    assert selector.name not in series()
    with pytest.raises(ValueError, match=r".+"):
        promql_parser.parse("sum(rate(guichet_answers_total[5m))")


def test_every_alert_leads_to_a_section_of_the_manual() -> None:
    titles = re.findall(r"^#+ (.+)$", OPERATIONS.read_text("utf-8"), re.MULTILINE)
    anchors = {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}
    rules = yaml.safe_load((FOLDER / "alerts.yml").read_text("utf-8"))["groups"][0]["rules"]
    assert len({rule["alert"] for rule in rules}) == len(rules) >= 8
    for rule in rules:
        assert rule["labels"]["severity"] in ("critical", "warning", "info")
        path, _, anchor = rule["annotations"]["fiche"].partition("#")
        assert path == "docs/operations.md"
        assert anchor in anchors, anchor
