"""What a model wrote, held against the entries it was given, sentence by sentence."""

from app.answer.verify.check import Check, check_sentence, without_marks
from app.answer.verify.thesaurus import thesaurus

__all__ = ["Check", "check_sentence", "thesaurus", "without_marks"]
