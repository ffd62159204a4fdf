"""Finds the set of new indexes that saves the most database time at the multiplier, for what its writes cost."""

from advisors.index_search.advice import Advice, Choice
from advisors.index_search.search import search

__all__ = ["Advice", "Choice", "search"]
