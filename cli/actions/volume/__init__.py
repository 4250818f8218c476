"""Subcommands of `volume`."""
