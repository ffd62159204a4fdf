"""`make demo`: the whole story on the practice mall."""
