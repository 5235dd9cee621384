"""Finding entries: dense and lexical retrieval, fusion, and the decision to answer."""
