"""From found entries to the answer a visitor reads."""
