"""rootless."""
