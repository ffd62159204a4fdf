"""Finds the set of new indexes that saves the most database time at the multiplier, for what its writes cost."""

from advisors.index_search.search import Advice, Choice, search

__all__ = ["Advice", "Choice", "search"]
