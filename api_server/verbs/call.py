"""A request as a worker has it, and its answer."""

from __future__ import annotations

import os

from api_server.http.request import Request
from pycman.jsontext import format_json
from pycman.network.catalogue import default_name
from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, BinaryIO

    from pycman.engine import Engine
    from pycman.state.session import Session

JSON = {"Content-Type": "application/json"}


class Answer(Record):
    """A whole answer."""

    status: int = 200
    headers: Mapping[str, str] = {}
    body: bytes = b""

    def packed(self) -> dict[str, Any]:
        """Return the answer as it goes to the server."""
        return {"status": self.status, "headers": dict(self.headers), "body": self.body}


def json_answer(value: object, status: int = 200) -> Answer:
    """Return a value as an answer."""
    return Answer(status=status, headers=JSON, body=format_json(value).encode("utf-8", "surrogateescape") + b"\n")


NO_CONTENT = Answer(status=204)
NOT_MODIFIED = Answer(status=304)


class Call:
    """A request, the engine, and the pipes of an answer that is written as it comes: `output`, and `source` for the body."""

    def __init__(self, engine: Engine, request: Request, descriptors: list[int]) -> None:
        self.engine = engine
        self.request = request
        self._descriptors = descriptors

    @property
    def session(self) -> Session:
        """The open store."""
        return self.engine.session

    @property
    def name(self) -> str:
        """The object that the path names."""
        return self.request.names["name"]

    @property
    def default_network(self) -> str:
        """The name of the default network, which docker calls bridge."""
        return default_name(self.session)

    @property
    def output(self) -> int:
        """The descriptor that the answer is written to."""
        return self._descriptors[0]

    @property
    def source_descriptor(self) -> int:
        """The descriptor that the body of the request is read from."""
        return self._descriptors[1]

    def source(self) -> BinaryIO:
        """Return the body of the request as a stream."""
        return open(os.dup(self._descriptors[1]), "rb")
