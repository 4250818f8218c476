"""Subcommands of `system`: the store as a whole."""
