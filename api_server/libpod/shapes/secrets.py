"""Secrets as podman's JSON (entities.SecretInfoReport). Pure."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


def secret_object(inspected: Mapping[str, Any]) -> dict[str, Any]:
    """Return an inspection or an entry of the listing; the value is there if it was asked for."""
    spec = inspected["Spec"]
    driver = spec.get("Driver") or {}
    found = {
        "ID": inspected["ID"],
        "CreatedAt": inspected["CreatedAt"],
        "UpdatedAt": inspected["UpdatedAt"],
        "Spec": {
            "Name": spec["Name"],
            "Driver": {"Name": driver.get("Name", "file"), "Options": driver.get("Options") or {}},
            "Labels": spec.get("Labels") or {},
        },
    }
    return {**found, "SecretData": inspected["SecretData"]} if inspected.get("SecretData") else found
