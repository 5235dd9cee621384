"""`python -m bench.batching`: ways to embed questions that come at once, weighed by throughput and by what they cost.

Each way is the shipped graph, or that graph rewritten: activations scaled a token instead of a tensor, by fixed scales,
or in blocks (MatMulNBits). Throughput is in questions a second of processor time, so that what else runs matters less;
the dependence on neighbours is the lowest cosine of a question's vector alone to its vector in a batch. The figures
stand in docs/adr/0018-questions-at-once.md.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import helper, numpy_helper
from rich.console import Console
from rich.table import Table

from app.encoders import packaged_folder
from app.encoders.onnx import CONFIG, MODEL, OUTPUT, TOKENIZER, open_session, open_tokenizer, read_config
from app.settings import ROOT
from evals.cases import load_cases

Floats = npt.NDArray[np.float32]
Tokens = npt.NDArray[np.int64]

QUESTIONS = 256
SIZES = (1, 8, 32)
BLOCK = 128
"""Weights that share a scale in MatMulNBits."""


class Graph:
    """The shipped graph, taken apart at its quantised products."""

    def __init__(self, path: Path) -> None:
        self.model = onnx.load(path)
        graph = self.model.graph
        self.made_by = {name: node for node in graph.node for name in node.output}
        self.constants = {tensor.name: tensor for tensor in graph.initializer}
        self.products = [node for node in graph.node if node.op_type == "MatMulInteger"]

    def used_by(self, name: str) -> Any:
        """The one node that reads a value."""
        (node,) = (node for node in self.model.graph.node if name in node.input)
        return node

    def weights(self, product: Any) -> tuple[npt.NDArray[np.int8], Floats]:
        """A product's weights, shape (in, out), and their scales, shape (out,) or (1,)."""
        quantised = numpy_helper.to_array(self.constants[product.input[1]])
        scale = self.constants[product.input[1].removesuffix("_quantized") + "_scale"]
        return quantised, np.atleast_1d(numpy_helper.to_array(scale)).astype(np.float32)

    def rewrite(self, replace: Callable[[Graph, Any, str, str], list[Any]], path: Path) -> Path:
        """The graph with each product, its cast and its scale replaced by nodes from `replace`; written to `path`.

        `replace` gets this graph, the product, the float input's name and the float output's name.
        """
        dead: set[str] = set()
        fresh: dict[str, list[Any]] = {}
        for product in self.products:
            quantise = self.made_by[product.input[0]]
            cast = self.used_by(product.output[0])
            scaled = self.used_by(cast.output[0])
            scale = self.made_by[next(name for name in scaled.input if name != cast.output[0])]
            dead.update(node.name for node in (product, quantise, cast, scaled, scale))
            fresh[product.name] = replace(self, product, quantise.input[0], scaled.output[0])
        nodes: list[Any] = []
        for node in self.model.graph.node:
            nodes.extend(fresh.get(node.name, [] if node.name in dead else [node]))
        del self.model.graph.node[:]
        self.model.graph.node.extend(nodes)
        domains = {one.domain for one in self.model.opset_import}
        if "com.microsoft" not in domains:
            self.model.opset_import.append(helper.make_opsetid("com.microsoft", 1))
        onnx.save(self.model, path)
        return path

    def constant(self, name: str, value: Any) -> str:
        """A constant of that name, added once."""
        if name not in self.constants:
            self.constants[name] = numpy_helper.from_array(np.asarray(value), name)
            self.model.graph.initializer.append(self.constants[name])
        return name


def by_token(graph: Graph, product: Any, given: str, made: str) -> list[Any]:
    """Each token's activations have a scale of their own: the largest of them becomes 127, zero stays zero."""
    _, scale = graph.weights(product)
    at = product.name
    least = graph.constant("least", np.float32(1e-9))
    top, middle = graph.constant("top", np.float32(127.0)), graph.constant("middle", np.float32(128.0))
    axis, zero = graph.constant("last", np.array([-1])), graph.constant("zero_128", np.uint8(128))
    weights_scale = graph.constant(f"{at}_ws", scale)

    def node(kind: str, inputs: list[str], output: str, **attributes: Any) -> Any:
        return helper.make_node(kind, inputs, [output], name=f"{output}_node", **attributes)

    return [
        node("Abs", [given], f"{at}_abs"),
        node("ReduceMax", [f"{at}_abs", axis], f"{at}_max", keepdims=1),
        node("Max", [f"{at}_max", least], f"{at}_safe"),
        node("Div", [f"{at}_safe", top], f"{at}_scale"),
        node("Div", [given, f"{at}_scale"], f"{at}_over"),
        node("Round", [f"{at}_over"], f"{at}_round"),
        node("Add", [f"{at}_round", middle], f"{at}_shift"),
        node("Cast", [f"{at}_shift"], f"{at}_u8", to=onnx.TensorProto.UINT8),
        node("MatMulInteger", [f"{at}_u8", product.input[1], zero], f"{at}_int"),
        node("Cast", [f"{at}_int"], f"{at}_float", to=onnx.TensorProto.FLOAT),
        # In this order: onnxruntime fuses a product of both scales into a kernel that takes one scale a tensor.
        node("Mul", [f"{at}_float", weights_scale], f"{at}_half"),
        node("Mul", [f"{at}_half", f"{at}_scale"], made),
    ]


def in_float(graph: Graph, product: Any, given: str, made: str) -> list[Any]:
    """Weights as the shipped ones stand for, activations as they are: what the quantised ways are measured against."""
    quantised, scale = graph.weights(product)
    weights = graph.constant(f"{product.name}_w", quantised.astype(np.float32) * scale)
    return [helper.make_node("MatMul", [given, weights], [made], name=product.name)]


def in_blocks(graph: Graph, product: Any, given: str, made: str) -> list[Any]:
    """MatMulNBits: weights of 8 bits with a scale a block, activations quantised a token and block in the kernel."""
    quantised, scale = graph.weights(product)
    weights = quantised.astype(np.float32) * scale
    rows, columns = weights.shape
    blocks = weights.T.reshape(columns, rows // BLOCK, BLOCK)
    scales = np.maximum(np.abs(blocks).max(axis=2) / 127, 1e-12).astype(np.float32)
    packed = (np.clip(np.round(blocks / scales[..., None]), -127, 127) + 128).astype(np.uint8)
    inputs = [given, graph.constant(f"{product.name}_b", packed), graph.constant(f"{product.name}_s", scales)]
    kept = {"K": rows, "N": columns, "bits": 8, "block_size": BLOCK, "accuracy_level": 4}
    return [helper.make_node("MatMulNBits", inputs, [made], name=product.name, domain="com.microsoft", **kept)]


def fixed(ranges: dict[str, tuple[float, float]]) -> Callable[[Graph, Any, str, str], list[Any]]:
    """Scales of activations fixed beforehand, by the ranges seen on development questions."""

    def replace(graph: Graph, product: Any, given: str, made: str) -> list[Any]:
        _, scale = graph.weights(product)
        low, high = ranges[given]
        step = max(high - low, 1e-6) / 255
        zero = int(np.clip(round(-low / step), 0, 255))
        at = product.name
        own = [graph.constant(f"{given}_fs", np.float32(step)), graph.constant(f"{given}_fz", np.uint8(zero))]
        scales = graph.constant(f"{at}_ws", (scale * step).astype(np.float32))
        return [
            helper.make_node("QuantizeLinear", [given, *own], [f"{at}_u8"], name=f"{at}_q"),
            helper.make_node("MatMulInteger", [f"{at}_u8", product.input[1], own[1]], [f"{at}_int"], name=at),
            helper.make_node("Cast", [f"{at}_int"], [f"{at}_float"], name=f"{at}_c", to=onnx.TensorProto.FLOAT),
            helper.make_node("Mul", [f"{at}_float", scales], [made], name=f"{at}_m"),
        ]

    return replace


def ranges_of(path: Path, folder: Path, tokens: Sequence[Tokens]) -> dict[str, tuple[float, float]]:
    """Lowest and highest activation before each product, over these questions."""
    graph = Graph(path)
    names = sorted({graph.made_by[product.input[0]].input[0] for product in graph.products})
    known = {output.name for output in graph.model.graph.output}
    graph.model.graph.output.extend(onnx.ValueInfoProto(name=name) for name in names if name not in known)
    watched = folder / "watched.onnx"
    onnx.save(graph.model, watched)
    session = open_session(watched, 1)
    seen = dict.fromkeys(names, (0.0, 0.0))
    for row in tokens:
        for name, value in zip(names, session.run(names, feeds([row])), strict=True):
            low, high = seen[name]
            seen[name] = (min(low, float(value.min())), max(high, float(value.max())))
    return seen


def feeds(rows: Sequence[Tokens]) -> dict[str, Tokens]:
    """Token ids padded to one length, with their mask."""
    width = max(len(row) for row in rows)
    ids, mask = np.ones((len(rows), width), dtype=np.int64), np.zeros((len(rows), width), dtype=np.int64)
    for at, row in enumerate(rows):
        ids[at, : len(row)], mask[at, : len(row)] = row, 1
    return {"input_ids": ids, "attention_mask": mask}


def embed(session: Any, tokens: Sequence[Tokens], size: int) -> Floats:
    """Vectors of all questions, `size` at a time, in the order in which they came."""
    batches = [tokens[at : at + size] for at in range(0, len(tokens), size)]
    return np.concatenate([session.run([OUTPUT], feeds(batch))[0] for batch in batches])


def per_cpu_second(work: Callable[[], object], count: int, rounds: int = 3) -> float:
    """Questions a second of processor time, the best of some rounds."""
    best = float("inf")
    for _ in range(rounds):
        began = time.process_time()
        work()
        best = min(best, time.process_time() - began)
    return count / best


def threads_row(session: Any, tokens: Sequence[Tokens], threads: int) -> tuple[float, float]:
    """Questions a second of wall time and of processor time when as many threads run one text each."""

    def run(row: Tokens) -> object:
        return session.run([OUTPUT], feeds([row]))

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(run, tokens[:32]))
        began, cpu = time.perf_counter(), time.process_time()
        list(pool.map(run, tokens))
        return len(tokens) / (time.perf_counter() - began), len(tokens) / (time.process_time() - cpu)


def lowest_cosine(one: Floats, other: Floats) -> float:
    """Of pairs of rows."""
    return float((one * other).sum(axis=1).min())


def main() -> None:
    """Print the table."""
    folder = packaged_folder()
    config = read_config((folder / CONFIG).read_bytes(), folder / CONFIG)
    tokenizer = open_tokenizer(folder / TOKENIZER, config.max_tokens)
    cases = load_cases(ROOT / "evals" / "cases", split="dev")
    texts = [case.question for case in cases if case.in_scope][: 2 * QUESTIONS]
    rows = [np.array(tokenizer.encode(config.query_prompt + text).ids, dtype=np.int64) for text in texts]
    tokens, calibration = rows[:QUESTIONS], rows[QUESTIONS:]
    out = Console(width=150)
    table = Table("way", *(f"{size} at once, /cpu s" for size in SIZES), "batch to alone", "to float32", "to shipped")
    with TemporaryDirectory() as name:
        work, shipped = Path(name), folder / MODEL
        ways = {
            "shipped: a scale a tensor": shipped,
            "a scale a token": Graph(shipped).rewrite(by_token, work / "token.onnx"),
            "fixed scales": Graph(shipped).rewrite(fixed(ranges_of(shipped, work, calibration)), work / "fixed.onnx"),
            "float32 activations": Graph(shipped).rewrite(in_float, work / "float.onnx"),
            "MatMulNBits, 8 bits": Graph(shipped).rewrite(in_blocks, work / "blocks.onnx"),
        }
        plain = embed(open_session(shipped, 1), tokens, 1)
        exact = embed(open_session(ways["float32 activations"], 1), tokens, 1)
        for label, path in ways.items():
            session = open_session(path, 1)
            alone = embed(session, tokens, 1)
            apart = min(lowest_cosine(alone, embed(session, tokens, size)) for size in SIZES[1:])
            speeds = [per_cpu_second(partial(embed, session, tokens, size), len(tokens)) for size in SIZES]
            to_exact, near = ((alone * other).sum(axis=1).mean() for other in (exact, plain))
            table.add_row(
                label, *(f"{speed:.0f}" for speed in speeds), f"{apart:.4f}", f"{to_exact:.4f}", f"{near:.4f}"
            )
        out.print(table)
        session = open_session(shipped, 1)
        for threads in (1, 2, 4, 8):
            wall, cpu = threads_row(session, tokens, threads)
            out.print(f"shipped, one text a run, {threads} threads: {wall:.0f} a second, {cpu:.0f} a cpu second")


if __name__ == "__main__":
    main()
