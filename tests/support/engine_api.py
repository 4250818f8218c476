"""A server of docker's API of a test's own, and a raw HTTP client for it."""

from __future__ import annotations

import json
import socket
import subprocess
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any


class UnixConnection(HTTPConnection):
    """An HTTP connection over a unix socket."""

    def __init__(self, path: str, timeout: float = 60) -> None:
        super().__init__("d", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class EngineApi:
    """`api("GET", "/info")` sends a request and returns status and body, parsed if it is JSON."""

    def __init__(self, pycman: Any) -> None:
        self.pycman = pycman
        self.path = str(Path(pycman.folder) / "docker.sock")
        self.process: subprocess.Popen[str] | None = None

    @property
    def uri(self) -> str:
        return f"unix://{self.path}"

    def start(self, *more: str) -> None:
        words = ["system", "service", self.uri, "--time", "0", *more]
        self.process = self.pycman.start(*words, stdout=subprocess.PIPE, text=True)
        assert self.process is not None
        assert self.process.stdout is not None
        assert "listening" in self.process.stdout.readline()

    def end(self, *, kill: bool = False) -> int:
        """End the server, and return its status."""
        process = self.process
        assert process is not None
        assert process.stdout is not None
        process.kill() if kill else process.terminate()
        status = process.wait(120)
        process.stdout.close()
        return status

    def open(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> HTTPResponse:
        """Send a request and return the answer, whose body is still to be read."""
        connection = UnixConnection(self.path)
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        connection.request(method, path, data, headers or {})
        return connection.getresponse()

    def __call__(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> tuple[int, Any]:
        with self.open(method, path, body, headers) as answer:
            data = answer.read()
            is_json = answer.headers.get("Content-Type", "").startswith("application/json")
            return answer.status, json.loads(data) if is_json and data else data

    def connect(self) -> socket.socket:
        """Return a connection to which a test writes what it likes."""
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(60)
        connection.connect(self.path)
        return connection
