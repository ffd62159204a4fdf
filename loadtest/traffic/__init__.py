"""The mall's own traffic as a model, more of it from a seed, and how close that comes to the real one."""
