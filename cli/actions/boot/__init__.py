"""Subcommands of `boot`: containers start with the host."""
