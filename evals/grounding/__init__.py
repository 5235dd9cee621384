"""How well the verifier tells faithful sentences from corrupted ones (`python -m evals.grounding`)."""
