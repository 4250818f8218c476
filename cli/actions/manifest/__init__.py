"""Subcommands of `manifest`."""
