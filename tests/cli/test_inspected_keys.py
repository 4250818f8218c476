"""`inspect` prints the keys that podman 5 and docker 28 print, no more and no less."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

OF_PODMAN = {
    kind: keys.split()
    for line in (Path(__file__).with_name("podman_inspected_keys.txt")).read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
    for kind, _, keys in [line.partition(": ")]
}
MAPS = {
    "Labels", "Options", "labels", "options", "containers", "GraphDriver.Data", "Config.Labels", "Config.ExposedPorts", "Config.Annotations",
    "HostConfig.PortBindings", "HostConfig.Tmpfs", "HostConfig.Annotations", "NetworkSettings.Networks", "NetworkSettings.Ports",
}  # fmt: skip
NOT_DOCKERS = {
    "ImageName", "BoundingCaps", "lockNumber", "OCIRuntime", "Config.CreateCommand", "Config.Annotations", "HostConfig.CgroupMode",
    "HostConfig.IDMappings", "HostConfig.LogConfig.Path", "State.ConmonPid", "State.OciVersion", "Mounts.[].Options",
}  # fmt: skip
DOCKERS = {
    "LogPath", "Platform", "HostConfig.CgroupnsMode", "HostConfig.MaskedPaths", "NetworkSettings.Networks.*.DNSNames", "Config.Healthcheck.Test",
}  # fmt: skip


def keys(value: Any, at: str = "") -> set[str]:
    """Return the paths of all keys below a value."""
    found: set[str] = set()
    if isinstance(value, dict):
        for key, item in value.items():
            path = f"{at}.{'*' if at in MAPS else key}" if at else key
            found |= {path} | keys(item, path)
    elif isinstance(value, list):
        found = {path for item in value if isinstance(item, dict) for path in keys(item, f"{at}.[]")}
    return found


def test_keys_of_inspect_are_those_of_podman_and_of_docker(root_pycman) -> None:
    pycman = root_pycman
    pycman(
        "network",
        "create",
        "--label",
        "l=1",
        "-o",
        "mtu=1400",
        "--subnet",
        "10.91.0.0/24",
        "--ip-range",
        "10.91.0.64/26",
        "n1",
    )
    pycman("volume", "create", "--label", "a=b", "--opt", "type=tmpfs", "--opt", "device=tmpfs", "v2")
    pycman("pod", "create", "--name", "p1", "--label", "pl=1", "-p", "18095:80")
    secret = pycman("secret", "create", "s1", "-", stdin=b"secret").strip()
    pycman(
        "create", "--name", "c", "--network", "n1", "-p", "8080:80", "--expose", "99", "-v", "v1:/data", "-v", "/tmp:/host", "--tmpfs", "/t",
        "--health-cmd", "true", "--device", "/dev/null", "--ulimit", "nofile=10:20", "--annotation", "an=no", "--label", "l=1", "--secret", "s1",
        "--init", "busybox:1", "sleep", "9",
    )  # fmt: skip

    def inspected(kind: str, name: str, peer: str) -> Any:
        return json.loads(pycman(kind, "inspect", name, env={"PYCMAN_COMPAT": peer}))[0]

    shown = {kind: inspected(kind, name, "podman") for kind, name in
             (("container", "c"), ("volume", "v2"), ("network", "n1"), ("pod", "p1"))}  # fmt: skip
    for kind, found in shown.items():
        optional = {key for key in OF_PODMAN[kind] if key.startswith(("containers.", "volumes_from"))}
        assert keys(found) ^ set(OF_PODMAN[kind]) <= optional, kind
    container = shown["container"]
    assert container["Config"]["Secrets"][0]["ID"] == secret
    assert container["Config"]["ExposedPorts"] == {"80/tcp": {}, "99/tcp": {}}
    network_id = pycman("network", "inspect", "-f", "{{.Id}}", "n1").strip()
    assert container["NetworkSettings"]["Networks"]["n1"]["NetworkID"] == network_id
    assert container["HostConfig"]["NetworkMode"] == "bridge"
    as_docker = inspected("container", "c", "docker")
    assert keys(as_docker) >= DOCKERS
    assert not NOT_DOCKERS & keys(as_docker)
    assert (as_docker["HostConfig"]["NetworkMode"], as_docker["HostConfig"]["Binds"]) == (
        "n1",
        ["v1:/data", "/tmp:/host"],
    )
