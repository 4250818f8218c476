"""The contents of config maps and secrets, as bytes by key (v1 ConfigMap, v1 Secret). Pure."""

from __future__ import annotations

import binascii

from pycman.errors import InvalidInput
from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

Entries = dict[str, bytes]
CLUSTER_CA = "kube-root-ca.crt"
"""The ConfigMap that a cluster makes in every namespace, and names in the volume kube-api-access of every pod it prints."""


def is_of_cluster(kind: str, name: str) -> bool:
    """Say whether a ConfigMap or Secret is one that a cluster makes by itself and names in pods: its CA, or (before 1.21) a token."""
    if kind == "ConfigMap":
        return name == CLUSTER_CA
    account, _, end = name.rpartition("-token-")
    return bool(account) and len(end) == 5 and end.isalnum() and end == end.lower()


class Sources(Record):
    """What references in pods may name: config maps and secrets, by namespace/name, and what there is to know of the node.

    `binary` has the keys of `binaryData` of config maps, by namespace/name: they become files, and never variables. `node_resources`
    are the node's CPUs and bytes, by the names that resources have.
    """

    config_maps: Mapping[str, Entries] = {}
    secrets: Mapping[str, Entries] = {}
    binary: Mapping[str, frozenset[str]] = {}
    node_name: str = ""
    host_ips: tuple[str, ...] = ()
    node_resources: Mapping[str, int] = {}

    def find(self, kind: str, namespace: str, name: str, *, text: bool = False) -> Entries | None:
        """Return the entries of a ConfigMap or Secret (`kind`), with `text` without binaryData; None if it does not exist."""
        objects = self.config_maps if kind == "ConfigMap" else self.secrets
        found = objects.get(f"{namespace}/{name}")
        if found is None and is_of_cluster(kind, name):
            return {"ca.crt": b""}  # there is no API server that would give or take a token
        binary = self.binary.get(f"{namespace}/{name}") if text and kind == "ConfigMap" else None
        return {key: found[key] for key in found if key not in binary} if found and binary else found


def config_map_entries(value: Mapping[str, Any]) -> Entries:
    """Return a ConfigMap's data and binaryData. Raises InvalidInput (not base64, a key in both)."""
    entries = {key: str(text).encode() for key, text in (value.get("data") or {}).items()}
    for key, text in (value.get("binaryData") or {}).items():
        if key in entries:
            raise InvalidInput("the key is in data and in binaryData", subject=f"binaryData.{key}")
        entries[key] = _decoded(text, f"binaryData.{key}")
    return entries


def binary_keys(value: Mapping[str, Any]) -> frozenset[str]:
    """Return the keys of a ConfigMap's binaryData."""
    return frozenset(value.get("binaryData") or ())


def secret_entries(value: Mapping[str, Any]) -> Entries:
    """Return a Secret's data and stringData, which wins. Raises InvalidInput (not base64)."""
    entries = {key: _decoded(text, f"data.{key}") for key, text in (value.get("data") or {}).items()}
    return entries | {key: str(text).encode() for key, text in (value.get("stringData") or {}).items()}


def _decoded(text: Any, subject: str) -> bytes:
    try:
        return binascii.a2b_base64("".join(str(text or "").split()), strict_mode=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidInput("not base64", subject=subject, hint="use stringData for plain text") from error
