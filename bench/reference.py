"""The reference pipeline: a LangChain retriever over sentence-transformers and FAISS, behind FastAPI.

What a developer following the tutorials gets: same FAQ, one vector per entry
(question and answer), the best entry's text as the answer. Run with
`python -m bench.reference PORT MODEL`.
"""

from __future__ import annotations

import sys

import faiss
import numpy as np
import uvicorn
from fastapi import FastAPI
from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import BaseModel, ConfigDict
from sentence_transformers import SentenceTransformer

from app.settings import ROOT
from ingest.parse import parse_paths


class FaissRetriever(BaseRetriever):
    """Nearest documents by cosine."""

    model: SentenceTransformer
    index: faiss.Index
    documents: list[Document]
    model_config = ConfigDict(arbitrary_types_allowed=True)

    def _get_relevant_documents(
        self,
        query: str,
        *,
        run_manager: CallbackManagerForRetrieverRun,  # noqa: ARG002 - LangChain passes it
    ) -> list[Document]:
        vector = self.model.encode_query([query], normalize_embeddings=True)
        _, ids = self.index.search(np.asarray(vector, dtype=np.float32), 4)
        return [self.documents[i] for i in ids[0]]


class Body(BaseModel):
    """A question."""

    message: str


def build(model_name: str) -> FastAPI:
    """The application over the project's FAQ."""
    model = SentenceTransformer(model_name, device="cpu")
    entries = parse_paths([ROOT / "data" / "faq_fr.md"]).faq_entries
    documents = [
        Document(page_content=f"{entry.question}\n{entry.answer_md}", metadata={"id": entry.id}) for entry in entries
    ]
    vectors = model.encode_document([d.page_content for d in documents], normalize_embeddings=True)
    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(np.asarray(vectors, dtype=np.float32))
    retriever = FaissRetriever(model=model, index=index, documents=documents)
    app = FastAPI()

    @app.get("/ready")
    def ready() -> dict[str, bool]:
        return {"ok": True}

    @app.post("/chat")
    def chat(body: Body) -> dict[str, str]:
        best = retriever.invoke(body.message)[0]
        return {"answer": best.page_content, "id": best.metadata["id"]}

    @app.get("/search")
    def search(q: str) -> dict[str, list[str]]:
        return {"hits": [document.metadata["id"] for document in retriever.invoke(q)]}

    return app


if __name__ == "__main__":
    uvicorn.run(build(sys.argv[2]), port=int(sys.argv[1]), log_level="error", access_log=False)
