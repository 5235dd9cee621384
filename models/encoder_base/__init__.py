"""The steps of models/build_encoder.py, one idea a module."""
