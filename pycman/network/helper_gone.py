"""A helper process that was there when a change of networks was planned, and has gone before the change was done."""

from __future__ import annotations

from pycman.errors import Unavailable


class HelperGone(Unavailable):
    """It was killed: the change is to be planned anew, with another one. To whom it is not, it is Unavailable."""


def broke_off(error: OSError) -> bool:
    """Return whether a connection failed as it does to a process that has ended, or is ending: no socket, refused, reset, closed."""
    return isinstance(error, (ConnectionError, FileNotFoundError))
