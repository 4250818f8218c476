"""The keys that a requirement names, read from their files."""

from __future__ import annotations

from pycman.errors import InvalidInput, from_os_error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.config.policy_requirements import Keys

_MAX_KEY_BYTES = 16 << 20


def read_keys(keys: Keys) -> list[bytes]:
    """Return the bytes of each key. Raises InvalidInput (too large), NotFound, Denied."""
    found = list(keys.data)
    for path in keys.paths:
        try:
            with open(path, "rb") as file:
                found.append(file.read(_MAX_KEY_BYTES + 1))
        except OSError as error:
            raise from_os_error(error, subject=path, doing="cannot read the key that the policy names") from error
        if len(found[-1]) > _MAX_KEY_BYTES:
            raise InvalidInput(f"a key has at most {_MAX_KEY_BYTES} bytes", subject=path)
    return found
