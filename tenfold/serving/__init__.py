"""`tenfold serve`: one process that watches a whole mall and answers in time whatever happens to it."""
