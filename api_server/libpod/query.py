"""Values in the query of a request as podman reads them (gorilla/schema, strconv.ParseBool): what is neither is refused. Pure."""

from __future__ import annotations

from pycman.errors import InvalidInput

TYPE_CHECKING = False
if TYPE_CHECKING:
    from api_server.http.request import Request

_TRUE = frozenset(("1", "t", "T", "true", "TRUE", "True"))
_FALSE = frozenset(("0", "f", "F", "false", "FALSE", "False"))


def switch(request: Request, *names: str, default: bool = False) -> bool:
    """Return a boolean under the first of the names that is given; an empty one is the default. Raises InvalidInput."""
    for name in names:
        text = request.text(name)
        if text in _TRUE:
            return True
        if text in _FALSE:
            return False
        if text:
            raise InvalidInput("failed to parse parameters: neither true nor false", subject=f"{name}={text[:40]}")
    return default


def maybe(request: Request, name: str) -> bool | None:
    """Return a boolean, None if it is not given. Raises InvalidInput."""
    return switch(request, name) if request.text(name) else None


def count(request: Request, *names: str) -> int | None:
    """Return a number that is not negative under the first of the names that is given, None for none. Raises InvalidInput."""
    for name in names:
        if request.text(name):
            number = request.number(name)
            if number < 0:
                raise InvalidInput("failed to parse parameters: it is negative", subject=f"{name}={number}")
            return number
    return None


def tls_options(request: Request) -> dict[str, bool]:
    """Return the option of registries in tlsVerify, none if it is not given. Raises InvalidInput."""
    verify = maybe(request, "tlsVerify")
    return {} if verify is None else {"tls_verify": verify}
