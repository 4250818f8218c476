"""The runtimes that this host has, with versions and features, for `info`: looked for once per boot, and when a program changes."""

from __future__ import annotations

import os

from pycman.errors import Corrupt, PycmanError
from pycman.jsontext import parse_json
from pycman.linux.processes import find_program, run
from pycman.runtime.oci_runtimes import is_shim, shim_program
from pycman.state.boot_cache import cached, file_key
from pycman.state.settings import containers_conf

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pycman.state.session import Session

_NAMES = ("crun", "runc", "runsc", "youki", "krun", "crun-wasm", "kata-runtime")
_SHIMS = (
    "io.containerd.runc.v2", "io.containerd.kata.v2", "io.containerd.runsc.v1", "aws.firecracker", "io.containerd.wasmtime.v1",
    "io.containerd.wasmedge.v1", "io.containerd.spin.v2",
)  # fmt: skip
_TIMEOUT_S = 10
_SWITCHES = (
    "cgroup.v1", "cgroup.v2", "cgroup.systemd", "cgroup.systemdUser", "cgroup.rdma", "seccomp", "apparmor", "selinux",
    "intelRdt", "mountExtensions.idmap", "netDevices",
)  # fmt: skip
"""Members of "linux" in the features document that say yes or no, themselves or by their member "enabled"."""


def known_runtimes(session: Session) -> list[dict[str, Any]]:
    """Return Name, Path, Kind ("oci" or "shim"), Version and Features (words) of each that is configured or installed."""
    found: dict[str, str] = {}
    for name, paths in containers_conf(session).runtimes.items():
        path = next((path for path in paths if os.access(path, os.X_OK)), "")
        if path:
            found[name] = path
    for name in _NAMES:
        found.setdefault(name, find_program(name))
    for shim in _SHIMS:
        found.setdefault(shim, find_program(shim_program(shim)))
    present = {name: path for name, path in found.items() if path}
    key = [*sorted(present), *file_key(list(present.values()))]
    made = cached(session.paths, "known-runtimes", key, lambda: [_describe(*each) for each in present.items()])
    return list(made)


def _describe(name: str, path: str) -> dict[str, Any]:
    shim = is_shim(path)
    said = _output(path, "-v" if shim else "--version")
    return {
        "Name": name,
        "Path": path,
        "Kind": "shim" if shim else "oci",
        "Version": version_of(said),
        "Features": build_options(said) if shim else (features_of(_output(path, "features")) or build_options(said)),
    }


def _output(*argv: str) -> str:
    try:
        finished = run(list(argv), timeout_s=_TIMEOUT_S)
    except PycmanError:
        return ""
    return "" if finished.status else finished.stdout.decode("utf-8", "replace")


def version_of(said: str) -> str:
    """Return the version that a program told: the line "crun version 1.8", or of a shim's lines that of its version. Pure."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    told = next((line.partition(":")[2].strip() for line in lines if line.lower().startswith("version:")), "")
    return told or (lines[0] if lines else "")


def build_options(said: str) -> list[str]:
    """Return what crun says it was built with: `+SYSTEMD +SELINUX`, in small letters. Pure."""
    return [word[1:].lower() for word in said.split() if word.startswith("+") and word[1:].isalnum()]


def features_of(text: str) -> list[str]:
    """Return the words of a features document (runtime-spec, features.md): versions, what is switched on, annotations that say true.

    None for a text that is no such document: old runtimes do not know the command. Pure.
    """
    try:
        document = parse_json(text) if text.startswith("{") else {}
    except Corrupt:
        return []
    if not isinstance(document, dict) or not document:
        return []
    linux = document.get("linux")
    words = [name for name in _SWITCHES if isinstance(linux, dict) and _is_on(linux, name)]
    annotations = document.get("annotations")
    if isinstance(annotations, dict):
        words += sorted(str(name) for name, value in annotations.items() if value == "true")
    versions = [str(document.get(key, "")) for key in ("ociVersionMin", "ociVersionMax")]
    return [f"oci {' to '.join(filter(None, versions))}", *words]


def _is_on(linux: Mapping[str, Any], name: str) -> bool:
    value: Any = linux
    for part in name.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value is True or (isinstance(value, dict) and value.get("enabled") is True)
