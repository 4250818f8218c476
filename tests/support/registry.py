"""A real registry server (Debian's docker-registry) on loopback, plain or with a password."""

from __future__ import annotations

import base64
import socket
import ssl
import subprocess
import time
import urllib.request
from pathlib import Path


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


class Registry:
    """`with Registry(folder) as r`: r.host is "127.0.0.1:PORT"; with `user` and `password` it wants a login, with a
    certificate it speaks TLS only.
    """

    def __init__(self, folder: Path, *, user: str = "", password: str = "", certificate=None) -> None:
        self.folder = folder
        self.host = f"127.0.0.1:{free_port()}"
        self._user, self._password = user, password
        self._certificate = certificate

    def __enter__(self) -> Registry:
        auth = ""
        if self._user:
            hashed = subprocess.run(
                ["htpasswd", "-Bbn", self._user, self._password], check=True, capture_output=True, text=True
            ).stdout
            (self.folder / "htpasswd").write_text(hashed)
            auth = f"auth: {{htpasswd: {{realm: test, path: {self.folder}/htpasswd}}}}\n"
        tls = ""
        if self._certificate:
            tls = f', tls: {{certificate: "{self._certificate.cert}", key: "{self._certificate.key}"}}'
        config = self.folder / "config.yml"
        config.write_text(
            "version: 0.1\nlog: {level: error}\n"
            f"storage: {{filesystem: {{rootdirectory: {self.folder}/data}}, delete: {{enabled: true}}}}\n"
            f'http: {{addr: "{self.host}"{tls}}}\n{auth}'
        )
        log = (self.folder / "log").open("wb")
        self._process = subprocess.Popen(["docker-registry", "serve", str(config)], stdout=log, stderr=log)
        log.close()
        deadline = time.monotonic() + 120
        while not self._answers():
            assert self._process.poll() is None and time.monotonic() < deadline, (self.folder / "log").read_text()
            time.sleep(0.02)
        return self

    def _answers(self) -> bool:
        request = urllib.request.Request(f"{'https' if self._certificate else 'http'}://{self.host}/v2/")
        trusting = ssl.create_default_context(cafile=self._certificate.cert) if self._certificate else None
        if self._user:
            text = base64.b64encode(f"{self._user}:{self._password}".encode()).decode()
            request.add_header("Authorization", f"Basic {text}")
        try:
            with urllib.request.urlopen(request, timeout=20, context=trusting) as answer:
                return answer.status == 200
        except OSError:
            return False

    def __exit__(self, *_error: object) -> None:
        self._process.terminate()
        self._process.wait(120)
