"""Subcommands of `artifact`."""
