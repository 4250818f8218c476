"""Kinds of errors as HTTP statuses and docker's body {"message": …}. Pure."""

from __future__ import annotations

from pycman.errors import (
    AlreadyExists,
    CommandNotExecutable,
    CommandNotFound,
    Denied,
    InUse,
    InvalidInput,
    NotFound,
    PycmanError,
    Unauthenticated,
    Unsupported,
    WrongState,
)
from pycman.jsontext import format_json

_STATUSES: tuple[tuple[type[PycmanError], int], ...] = (
    (CommandNotFound, 400),
    (CommandNotExecutable, 400),
    (NotFound, 404),
    (AlreadyExists, 409),
    (InUse, 409),
    (WrongState, 409),
    (InvalidInput, 400),
    (Unauthenticated, 401),
    (Denied, 403),
    (Unsupported, 501),
)
"""The first that fits; a kind that is not here is 500."""
_CLIENTS_WORDS = {127: "executable file not found", 126: "permission denied"}
"""By these words of an error docker's client knows which status to end with, as the runtime has written them for long."""

_MISSING = "no such file or directory"
"""Says the reason already, of a working directory."""


class HttpError(Exception):
    """An answer of the door itself, before or beside the engine: a status and a message."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


def status_of(error: BaseException) -> int:
    """Return the status for an error of any kind."""
    if isinstance(error, HttpError):
        return error.status
    return next((status for kind, status in _STATUSES if isinstance(error, kind)), 500)


def message_of(error: BaseException) -> str:
    """Return the message for an error: what the command line would print."""
    if isinstance(error, HttpError):
        return error.message
    if not isinstance(error, PycmanError):
        return f"{type(error).__name__}: {error}"
    text = str(error)
    if isinstance(error, NotFound) and error.exit_status not in _CLIENTS_WORDS:
        text = error.describe()
        if text.startswith("no such"):
            text = text[:1].upper() + text[1:]  # clients look for "No such container"
    words = _CLIENTS_WORDS.get(error.exit_status, "")
    return f"{text}: {words}" if words and not any(each in text for each in (words, _MISSING)) else text


def error_body(message: str) -> bytes:
    """Return the body of an answer that is an error."""
    return format_json({"message": message}).encode() + b"\n"
