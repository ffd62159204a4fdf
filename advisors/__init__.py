"""Facts in, findings out: one file per rule in `advisors.rules`, pure functions that do no input or output."""
