"""Read the world, never write to it: one file per subject, each with its manual page as docstring."""
