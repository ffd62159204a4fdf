"""The pages of the ticket room, in a real browser on real stores."""
