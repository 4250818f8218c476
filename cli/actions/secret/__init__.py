"""secret."""
