"""The compiled seccomp filter, kept from one container for the next: crun takes 8 to 15 ms to compile it (crun(1), annotation
run.oci.seccomp_bpf_data).

It is crun's own work that is kept, byte for byte, as it leaves it beside its state; known by the profile, the capabilities
and the crun it was made by, and only for this boot.
"""

from __future__ import annotations

import binascii

from pycman.jsontext import format_json, parse_json
from pycman.linux.files import read_text, write_atomic

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from pycman.runtime.oci_runtime import OciRuntime
    from pycman.state.session import Session

ANNOTATION = "run.oci.seccomp_bpf_data"


class FilterCache:
    """Where the filter of one profile and set of capabilities is kept."""

    def __init__(self, session: Session, name: str, key: Sequence[object]) -> None:
        self._path = f"{session.paths.cache}/{name}-filter.json"
        self._key = format_json(list(key))

    def find(self) -> str:
        """Return the filter (base64), "" if there is none yet."""
        text = read_text(self._path)
        found = parse_json(text, subject=self._path) if text else {}
        return str(found["filter"]) if found.get("key") == self._key else ""

    def keep(self, runtime: OciRuntime, container_id: str) -> None:
        """Keep the filter of a container that crun has just created; if it left none, nothing is kept."""
        try:
            with open(f"{runtime.root}/{container_id}/seccomp.bpf", "rb") as file:
                content = file.read()
        except OSError:
            return
        if content and len(content) % 8 == 0:  # struct sock_filter
            encoded = binascii.b2a_base64(content, newline=False).decode()
            write_atomic(self._path, format_json({"key": self._key, "filter": encoded}), mode=0o600, sync=False)
