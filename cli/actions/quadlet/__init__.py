"""Commands on Quadlet files."""
