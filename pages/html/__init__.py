"""The HTML report: one file, opens offline, asks nothing of anybody."""
