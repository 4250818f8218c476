"""kube down: remove what `kube play` created."""

from __future__ import annotations

import os

from cli.main import fail_softly
from cli.specs.yaml_files import read_sources
from kube_yaml.api import KubeYaml
from pycman.errors import InvalidInput

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call
    from kube_yaml.play.down import DownReport


def run(call: Call) -> int:
    """Remove the objects in the YAML files, and plays by name; return the worst status."""
    kube = KubeYaml(call.engine)
    names = [*call.arguments, *call.values("filename")]
    if not names:
        raise InvalidInput("kube down needs a file or the name of a play", hint="see pycman kube down --help")
    status = 0
    files = [name for name in names if name == "-" or "/" in name or os.path.exists(name) or "." in name]
    if files:
        documents = kube.read(read_sources(files))
        status = print_down(call, kube.down(documents, force=call.flag("force")))
    for name in names:
        if name not in files:
            status = max(status, print_down(call, kube.down_play(name, force=call.flag("force"))))
    return status


def print_down(call: Call, report: DownReport) -> int:
    """Print the report as podman does, then the errors; return the worst status."""
    for heading, names in (
        ("Pods stopped:", report.stopped), ("Pods removed:", report.removed), ("Secrets removed:", report.secrets),
        ("Volumes removed:", report.volumes),
    ):  # fmt: skip
        call.print(heading)
        for name in names:
            call.print(name)
    return max((fail_softly(error, call.command) for error in report.errors), default=0)
