"""Benchmarks: ratios against the floor (one encoder pass) and against a reference pipeline."""
