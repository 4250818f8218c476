"""Subcommands of `context`, docker's: there is one context, this host's engine, which is called default."""

from __future__ import annotations

from pycman.errors import NotFound

NAME = "default"


def check_context(name: str) -> None:
    """Raise NotFound for a context other than `default`."""
    if name != NAME:
        raise NotFound(
            "no such context", subject=name, hint="default is the only one: the engine has no daemon elsewhere"
        )
