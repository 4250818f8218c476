"""What config maps and secrets hold, as bytes by key (v1 ConfigMap, v1 Secret). Pure."""

from __future__ import annotations

import base64
import binascii

from pycman.errors import InvalidInput
from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

Entries = dict[str, bytes]


class Sources(Record):
    """Config maps and secrets by namespace/name, and the node that all runs on."""

    config_maps: Mapping[str, Entries] = {}
    secrets: Mapping[str, Entries] = {}
    node_name: str = ""
    host_ips: tuple[str, ...] = ()

    def find(self, kind: str, namespace: str, name: str) -> Entries | None:
        """Return the entries of a ConfigMap or Secret, None if there is none such."""
        found = self.config_maps if kind == "ConfigMap" else self.secrets
        return found.get(f"{namespace}/{name}")


def config_map_entries(value: Mapping[str, Any]) -> Entries:
    """Return a ConfigMap's data and binaryData. Raises InvalidInput (base64, a key in both)."""
    found = {key: str(text).encode() for key, text in (value.get("data") or {}).items()}
    for key, text in (value.get("binaryData") or {}).items():
        if key in found:
            raise InvalidInput("it is in data and in binaryData", subject=f"binaryData.{key}")
        found[key] = _decoded(text, f"binaryData.{key}")
    return found


def secret_entries(value: Mapping[str, Any]) -> Entries:
    """Return a Secret's data with stringData over it. Raises InvalidInput (base64)."""
    found = {key: _decoded(text, f"data.{key}") for key, text in (value.get("data") or {}).items()}
    return found | {key: str(text).encode() for key, text in (value.get("stringData") or {}).items()}


def _decoded(text: Any, subject: str) -> bytes:
    try:
        return base64.b64decode("".join(str(text or "").split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidInput("it is not base64", subject=subject, hint="use stringData for plain text") from error
