"""Values in the query of a request as podman reads them (gorilla/schema, strconv.ParseBool): what is neither is refused. Pure."""

from __future__ import annotations

from pycman.errors import InvalidInput

TYPE_CHECKING = False
if TYPE_CHECKING:
    from api_server.http.request import Request

_TRUE = frozenset(("1", "t", "T", "true", "TRUE", "True"))
_BEGINS = frozenset('{["-0123456789tfn')
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
            raise _wrong(request, name)
    return default


def _wrong(request: Request, name: str) -> InvalidInput:
    """Return podman's error for a value that is of another type."""
    return InvalidInput(
        f'schema: error converting value for "{name}"', subject=f"failed to parse parameters for {request.path[:80]}"
    )


def filters_of(request: Request) -> list[tuple[str, str]]:
    """Return the (key, value) pairs of `filters`. Raises InvalidInput, for what is no JSON in the words that podman has from Go."""
    text = request.text("filters")
    try:
        return request.filters()
    except InvalidInput as error:
        problem = error.problem
        if "JSON" in problem and "lists" not in problem:
            begins = text.lstrip()[:1]
            whole = begins in _BEGINS
            problem = (
                "unexpected end of JSON input"
                if whole
                else f"invalid character '{begins}' looking for beginning of value"
            )
        raise InvalidInput(problem, subject="filters") from error


def maybe(request: Request, name: str) -> bool | None:
    """Return a boolean, None if it is not given. Raises InvalidInput."""
    return switch(request, name) if request.text(name) else None


def count(request: Request, *names: str) -> int | None:
    """Return a number that is not negative under the first of the names that is given, None for none. Raises InvalidInput."""
    for name in names:
        if request.text(name):
            try:
                number = request.number(name)
            except InvalidInput:
                raise _wrong(request, name) from None
            if number < 0:
                raise _wrong(request, name)
            return number
    return None


def tls_options(request: Request) -> dict[str, bool]:
    """Return the option of registries in tlsVerify, none if it is not given. Raises InvalidInput."""
    verify = maybe(request, "tlsVerify")
    return {} if verify is None else {"tls_verify": verify}
