"""A docker-registry in a network namespace."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

PORT = 5000


class RegistryHere:
    """It serves `host` in the namespace until it is ended."""

    host = f"127.0.0.1:{PORT}"

    def __init__(self, folder: Path, machine: str) -> None:
        folder.mkdir()
        config = folder / "config.yml"
        config.write_text(
            f"version: 0.1\nlog: {{level: error}}\nstorage: {{filesystem: {{rootdirectory: {folder}/data}}}}\n"
            f'http: {{addr: "{self.host}"}}\n'
        )
        enter = ["nsenter", f"--net={machine}"]
        with (folder / "log").open("wb") as log:
            self._process = subprocess.Popen([*enter, "docker-registry", "serve", str(config)], stdout=log, stderr=log)
        deadline = time.monotonic() + 60
        while not subprocess.run([*enter, "ss", "-Hlnt", f"sport = :{PORT}"], capture_output=True, check=True).stdout:
            if time.monotonic() > deadline or self._process.poll() is not None:
                raise SystemExit((folder / "log").read_text())
            time.sleep(0.05)

    def end(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait(30)
