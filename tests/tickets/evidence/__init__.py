"""What was the matter at that moment."""
