"""What is left of a fault once it is over."""
