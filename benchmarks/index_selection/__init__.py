"""Which indexes: our search beside the literature's Extend and an exact bound, on TPC-H and on other workloads."""
