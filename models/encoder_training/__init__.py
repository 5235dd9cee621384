"""The steps of models/train.py: texts, noise, teacher, training, measuring."""
