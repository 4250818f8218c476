"""version: versions of pycman and of what it runs."""

from __future__ import annotations

import os
import platform
import sys

from pycman.jsontext import format_json
from pycman.version import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cli.call import Call

_API_VERSION = "1.47"
"""Docker's API whose objects the output follows; there is no daemon that speaks it."""


def run(call: Call) -> int:
    """Print them."""
    form = call.string("format")
    found = _versions()
    if form == "json":
        call.print(format_json(found))
        return 0
    if form:
        from cli.gotemplate.evaluate import render
        from cli.gotemplate.printing import Fields

        call.print(render(form, Fields(found)))
        return 0
    client = found["Client"]
    call.print("Client: pycman")
    for name in ("Version", "APIVersion", "PythonVersion", "OsArch"):
        call.print(f" {name + ':':<18}{client[name]}")
    return 0


def _versions() -> dict[str, Any]:
    machine = {"x86_64": "amd64", "aarch64": "arm64"}.get(os.uname().machine, os.uname().machine)
    both = {
        "Version": __version__,
        "APIVersion": _API_VERSION,
        "DefaultAPIVersion": _API_VERSION,
        "MinAPIVersion": _API_VERSION,
        "GitCommit": "",
        "GoVersion": "",
        "PythonVersion": platform.python_version(),
        "Os": sys.platform,
        "Arch": machine,
        "OsArch": f"linux/{machine}",
        "BuildTime": "",
        "Built": 0,
        "BuiltTime": "",
        "KernelVersion": os.uname().release,
        "Experimental": False,
        "Context": "default",
        "Platform": {"Name": "pycman"},
        "Components": [],
    }
    return {"Client": both, "Server": both}
