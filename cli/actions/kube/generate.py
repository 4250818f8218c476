"""kube generate: write Kubernetes YAML for containers, pods and volumes."""

from __future__ import annotations

import sys

from kube_yaml.api import KubeYaml
from pycman.errors import AlreadyExists, from_os_error
from pycman.linux.whole_file import whole_file
from pycman.state.settings import containers_conf

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Write the YAML to standard output, or to the new file of --filename. Raises AlreadyExists."""
    yaml_text = KubeYaml(call.engine).generate(
        call.arguments,
        kind=call.string("type") or containers_conf(call.engine.session).kube_generate_type,
        service=call.flag("service"),
        replicas=call.number("replicas", 1),
        for_podman=call.flag("podman-only"),
        as_podman=call.habits.generates_as_podman,
    )
    call.print_warnings()
    path = call.string("filename")
    if not path or path == "-":
        sys.stdout.write(yaml_text)
        return 0
    try:
        with whole_file(path, replace=False) as file:
            file.write(yaml_text.encode())
    except FileExistsError:
        raise AlreadyExists(
            "the file already exists", subject=f"--filename {path}", hint="remove it or name another"
        ) from None
    except OSError as error:
        raise from_os_error(error, subject=f"--filename {path}") from error
    return 0
