"""Actions of `builder`."""
