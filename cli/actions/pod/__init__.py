"""Subcommands of `pod`, podman's."""
