"""Subcommands of `secret`."""
