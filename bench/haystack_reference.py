"""The other reference pipeline: Haystack's in-memory store and retriever over the same model, behind FastAPI.

What its documentation shows: an embedder component, an `InMemoryEmbeddingRetriever` on an `InMemoryDocumentStore`, one
vector an entry, the best document's text as the answer. The embedder is a component of ours over
sentence-transformers, because Haystack's own comes in a package of its own since version 3; it does the same call.
Run with `python -m bench.haystack_reference PORT MODEL`.
"""

from __future__ import annotations

import os
import sys

os.environ["HAYSTACK_TELEMETRY_ENABLED"] = "False"

import uvicorn
from fastapi import FastAPI
from haystack import Document, Pipeline, component
from haystack.components.retrievers.in_memory import InMemoryEmbeddingRetriever
from haystack.document_stores.in_memory import InMemoryDocumentStore
from sentence_transformers import SentenceTransformer

from app.settings import ROOT
from bench.reference import Body
from ingest.parse import parse_paths


@component
class TextEmbedder:
    """A question's vector."""

    def __init__(self, model: SentenceTransformer) -> None:
        self.model = model

    @component.output_types(embedding=list[float])
    def run(self, text: str) -> dict[str, list[float]]:
        """Embed as the model's own query."""
        return {"embedding": self.model.encode_query([text], normalize_embeddings=True)[0].tolist()}


def build(model_name: str) -> FastAPI:
    """The application over the project's FAQ."""
    model = SentenceTransformer(model_name, device="cpu")
    entries = parse_paths([ROOT / "data" / "faq_fr.md"]).faq_entries
    texts = [f"{entry.question}\n{entry.answer_md}" for entry in entries]
    vectors = model.encode_document(texts, normalize_embeddings=True)
    store = InMemoryDocumentStore(embedding_similarity_function="dot_product")
    store.write_documents(
        [
            Document(content=text, meta={"id": entry.id}, embedding=vector.tolist())
            for text, entry, vector in zip(texts, entries, vectors, strict=True)
        ]
    )
    pipeline = Pipeline()
    pipeline.add_component("embedder", TextEmbedder(model))
    pipeline.add_component("retriever", InMemoryEmbeddingRetriever(store, top_k=4))
    pipeline.connect("embedder.embedding", "retriever.query_embedding")
    app = FastAPI()

    @app.get("/ready")
    def ready() -> dict[str, bool]:
        return {"ok": True}

    @app.post("/chat")
    def chat(body: Body) -> dict[str, str]:
        best = pipeline.run({"embedder": {"text": body.message}})["retriever"]["documents"][0]
        return {"answer": str(best.content), "id": best.meta["id"]}

    @app.get("/search")
    def search(q: str) -> dict[str, list[str]]:
        found = pipeline.run({"embedder": {"text": q}})["retriever"]["documents"]
        return {"hits": [document.meta["id"] for document in found]}

    return app


if __name__ == "__main__":
    uvicorn.run(build(sys.argv[2]), port=int(sys.argv[1]), log_level="error", access_log=False)
