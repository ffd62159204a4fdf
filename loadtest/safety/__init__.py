"""Everything that must be in order before the first request of a round, and what ends a round early; deny by default."""
