"""Subcommands of `healthcheck`."""
