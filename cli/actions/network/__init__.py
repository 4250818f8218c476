"""Subcommands of `network`."""
