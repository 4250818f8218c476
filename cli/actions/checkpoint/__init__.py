"""Subcommands of `checkpoint`: docker's checkpoints, which have names."""
