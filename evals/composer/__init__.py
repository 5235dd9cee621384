"""Whether composed answers hold what a question needs, and how much else they show: `python -m evals.composer`."""
