"""The ticket room on real stores."""
