"""The ticket room."""
