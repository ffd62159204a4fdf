"""Everyday shopping: open-loop arrivals of shoppers' journeys, in a process of their own."""

from mall.shoppers.driving import Driven, drive

__all__ = ["Driven", "drive"]
