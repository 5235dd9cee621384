"""What a model wrote, held against the entries it was given, sentence by sentence."""

from app.answer.verify.check import Check, check_sentence, without_marks

__all__ = ["Check", "check_sentence", "without_marks"]
