"""The cache of compiled seccomp filters: crun takes 8 to 15 ms to compile one, or is given it (crun(1), annotation
run.oci.seccomp_bpf_data).

    first container:  crun compiles ──▶ seccomp.bpf beside its state ──▶ `keep`
    later ones:       `find` ──▶ annotation ──▶ crun loads it

A filter is stored byte for byte as crun wrote it, under the profile, the capabilities and the crun it was made by, until the next boot.
"""

from __future__ import annotations

import binascii

from pycman.jsontext import format_json, parse_json
from pycman.linux.files import read_text, write_atomic

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from pycman.runtime.container_runtime import ContainerRuntime
    from pycman.state.session import Session

ANNOTATION = "run.oci.seccomp_bpf_data"


class FilterCache:
    """The cached filter of one profile and set of capabilities. `key` changes when the profile or crun does."""

    def __init__(self, session: Session, name: str, key: Sequence[object]) -> None:
        self._path = f"{session.paths.cache}/{name}-filter.json"
        self._key = format_json(list(key))

    def find(self) -> str:
        """Return the filter (base64), "" if none is cached."""
        text = read_text(self._path)
        entry = parse_json(text, subject=self._path) if text else {}
        return str(entry["filter"]) if entry.get("key") == self._key else ""

    def keep(self, runtime: ContainerRuntime, container_id: str) -> None:
        """Store the filter of a container that crun has just created; do nothing if crun left none."""
        try:
            with open(f"{runtime.root}/{container_id}/seccomp.bpf", "rb") as file:
                content = file.read()
        except OSError:
            return
        if content and len(content) % 8 == 0:  # struct sock_filter
            encoded = binascii.b2a_base64(content, newline=False).decode()
            write_atomic(self._path, format_json({"key": self._key, "filter": encoded}), mode=0o600, sync=False)
