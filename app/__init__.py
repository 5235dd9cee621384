"""Guichet: answers a public institution's visitors from its own FAQ, with sources."""

__version__ = "0.1.0"
