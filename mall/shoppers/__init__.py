"""Everyday shopping: open-loop arrivals of shoppers' journeys, in a process of their own."""

from mall.shoppers.driving import Crowd, Driven

__all__ = ["Crowd", "Driven"]
