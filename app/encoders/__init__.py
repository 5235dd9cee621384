"""Encoders: the packaged ONNX model, or any sentence-transformers model."""
