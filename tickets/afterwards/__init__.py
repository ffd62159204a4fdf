"""What is left of a fault once it is over: a search that finds it again, a report of it, and the figures of a month."""
