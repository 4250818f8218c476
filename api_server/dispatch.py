"""From a request's head to whoever answers it: version, route, body, and the error if something goes wrong."""

from __future__ import annotations

import asyncio
import contextlib
import sys

from api_server.errors import HttpError, error_body, message_of, status_of
from api_server.http.connection import ClientGone
from api_server.http.request import Request, parse_target
from api_server.piped import answer_piped
from api_server.routes import (
    API_VERSION,
    LIBPOD_VERSION,
    MIN_API_VERSION,
    Table,
    docker_table,
    split_version,
    version_number,
)
from api_server.streams.handlers import HANDLERS
from api_server.translate.refusals import REFUSALS
from pycman.errors import Corrupt, InvalidInput, PycmanError
from pycman.jsontext import parse_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    import h11

    from api_server.context import Context
    from api_server.http.connection import Connection
    from api_server.routes import Route
    from api_server.streams.handlers import Handler

_LIBPOD = "/libpod/"
JSON = {"Content-Type": "application/json"}
_PASSED_ON = frozenset(
    (
        "accept",
        "x-registry-auth",
        "x-registry-config",
        "content-type",
        "upgrade",
        "connection",
        "sec-websocket-key",
        "sec-websocket-version",
    )
)


class Dispatcher:
    """Answers the requests of all connections of a server."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def handle(self, connection: Connection, head: h11.Request) -> None:
        """Answer one request. Raises ClientGone."""
        with self._context.busy():
            try:
                await self._route(connection, head)
            except (ClientGone, asyncio.CancelledError):
                raise
            except Exception as error:
                if not isinstance(error, (PycmanError, HttpError, OSError)):
                    sys.excepthook(*sys.exc_info())  # a fault of ours: it is to be seen in the server's log
                if connection.has_begun:
                    connection.abort()
                    return
                status, body = _problem(error, head)
                await connection.answer(status, JSON, body)

    async def _route(self, connection: Connection, head: h11.Request) -> None:
        request, route = _request_of(head)
        if route.work == "refused":
            raise HttpError(*_refusal(route.handler))
        if route.work != "input":
            request = request.replace(body=_parsed(await connection.body(), first=request.libpod))
        if route.work == "stream":
            await _streams(request)[route.handler](self._context, connection, request)
        elif route.work == "verb":
            arguments = {"request": request.to_dict()}
            answer = await connection.unless_gone(self._context.workers.call(route.handler, arguments))
            await connection.answer(answer["status"], answer["headers"], answer["body"])
        else:
            await answer_piped(self._context.workers, connection, route, request)


def _problem(error: Exception, head: h11.Request) -> tuple[int, bytes]:
    """Return status and body for an error, in the words of the API that was asked."""
    with contextlib.suppress(InvalidInput):
        path = split_version(parse_target(head.target.decode("latin-1"))[0])[0]
        if path.startswith(_LIBPOD):
            from api_server.libpod.errors import problem  # only for clients of podman's API

            return problem(error, head.method.decode("ascii"), path.removeprefix("/libpod"))
    return status_of(error), error_body(message_of(error))


def _refusal(handler: str) -> tuple[int, str]:
    name = handler.rpartition(".")[2]
    if handler.startswith("libpod."):
        from api_server.libpod.routes import REFUSALS as LIBPOD_REFUSALS  # only for clients of podman's API

        return LIBPOD_REFUSALS[name]
    return REFUSALS[name]


def _streams(request: Request) -> Mapping[str, Handler]:
    if request.libpod:
        from api_server.libpod.streams.handlers import HANDLERS as LIBPOD_HANDLERS  # only for clients of podman's API

        return LIBPOD_HANDLERS
    return HANDLERS


def _table(*, libpod: bool) -> Table:
    if libpod:
        from api_server.libpod.routes import TABLE  # only for clients of podman's API

        return TABLE
    return docker_table()


def _request_of(head: h11.Request) -> tuple[Request, Route]:
    """Return a request as a value, and its route. Raises HttpError, InvalidInput."""
    method = head.method.decode("ascii")
    path, query = parse_target(head.target.decode("latin-1"))
    path, version = split_version(path)
    libpod = path.startswith(_LIBPOD)
    if libpod:
        path = path.removeprefix("/libpod")
    else:
        _check_version(version)
    if len(path) > 1:
        path = path.rstrip("/")
    table = _table(libpod=libpod)
    found = table.find(method, path)
    if found is None:
        methods = table.methods(path)
        raise (
            HttpError(405, f"{method} is not allowed here, {', '.join(methods)} is")
            if methods
            else HttpError(404, "page not found")
        )
    headers = {
        name.decode("ascii"): value.decode("latin-1")
        for name, value in head.headers
        if name.decode("ascii") in _PASSED_ON
    }
    request = Request(
        method=method,
        path=path,
        query=tuple((name.lower(), value) for name, value in query) if libpod else query,
        headers=headers,
        names={name: value.removeprefix("/") for name, value in found.names.items()},
        version=version or version_number(LIBPOD_VERSION.rpartition(".")[0] if libpod else API_VERSION),
        libpod=libpod,
    )
    return request, found.route


def _check_version(version: tuple[int, int] | None) -> None:
    """Refuse a version that is not served, in docker's words. Raises HttpError."""
    if version is None:
        return
    text = f"{version[0]}.{version[1]}"
    if version > version_number(API_VERSION):
        raise HttpError(400, f"client version {text} is too new. Maximum supported API version is {API_VERSION}")
    if version < version_number(MIN_API_VERSION):
        raise HttpError(
            400,
            f"client version {text} is too old. Minimum supported API version is {MIN_API_VERSION},"
            " please upgrade your client to a newer version",
        )


def _parsed(body: bytes, *, first: bool) -> object:
    """Return a JSON body, None for none; `first`: what follows a value is nobody's (podman). Raises HttpError."""
    if not body.strip():
        return None
    try:
        return parse_json(body.decode("utf-8"), subject="body", first=first)
    except (Corrupt, UnicodeDecodeError) as error:
        raise HttpError(400, f"the body is not JSON: {error}") from error
