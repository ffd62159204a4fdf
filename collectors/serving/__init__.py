"""What `tenfold serve` reads at every scrape, and on a slower clock: one file a subject.

Each subject's file declares its `METRICS`, reads the world in `read`, and turns what was read into samples in the pure function `samples`.
`catalogue` names them all in one explicit tuple a kind of target.
"""
