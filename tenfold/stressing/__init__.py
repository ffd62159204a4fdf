"""Rehearsals: asks for permission, sends the load, watches the mall meanwhile, judges, and leaves a run folder behind."""
