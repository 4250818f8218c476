"""The passphrase of a signing key: the first line of a file."""

from __future__ import annotations

from pycman.errors import InvalidInput, from_os_error

_MAX_CHARACTERS = 4000


def read_passphrase(path: str) -> str:
    """Return it. Raises InvalidInput (too long, not UTF-8), NotFound, Denied."""
    try:
        with open(path, encoding="utf-8") as file:
            found = file.readline(_MAX_CHARACTERS + 1).removesuffix("\n")
    except UnicodeDecodeError as error:
        raise InvalidInput(f"it is not text: {error}", subject=path) from error
    except OSError as error:
        raise from_os_error(error, subject=path, doing="cannot read the passphrase") from error
    if len(found) > _MAX_CHARACTERS:
        raise InvalidInput(f"a passphrase has at most {_MAX_CHARACTERS} characters", subject=path)
    return found
