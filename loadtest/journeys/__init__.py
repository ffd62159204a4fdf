"""Journeys that come with Tenfold; write your own beside your configuration, see docs/journeys.md."""
