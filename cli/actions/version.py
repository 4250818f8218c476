"""version: print the version of pycman and the platform it runs on."""

from __future__ import annotations

import os
import platform
import sys

from cli.gotemplate.evaluate import render
from cli.gotemplate.printing import Fields
from pycman.jsontext import format_json
from pycman.version import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cli.call import Call

_API_VERSION = "1.47"
"""Version of docker's API whose objects the output follows; pycman has no daemon that serves it."""


def run(call: Call) -> int:
    """Print the versions as lines, as json, or with a template."""
    template_text = call.string("format")
    versions = _versions()
    if template_text == "json":
        call.print(format_json(versions))
        return 0
    if template_text:
        call.print(render(template_text, Fields(versions)))
        return 0
    client = versions["Client"]
    call.print("Client: pycman")
    for name in ("Version", "APIVersion", "PythonVersion", "OsArch"):
        call.print(f" {name + ':':<18}{client[name]}")
    return 0


def _versions() -> dict[str, Any]:
    machine = {"x86_64": "amd64", "aarch64": "arm64"}.get(os.uname().machine, os.uname().machine)
    component = {
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
    return {"Client": component, "Server": component}
