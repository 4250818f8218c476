"""A small client of the CRI, for trying a server out: `client.py [--endpoint unix:///…] COMMAND …`, with words of crictl's.

version | info | pods | ps | images | stats
runp SANDBOX.json                        prints the sandbox's id
create POD CONTAINER.json SANDBOX.json   prints the container's id
start | stop | rm | inspect | logs CONTAINER
exec CONTAINER COMMAND …                 with its output and exit status
inspectp | stopp | rmp POD
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import grpc
from google.protobuf.json_format import MessageToJson, Parse

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))  # the checkout this file is in

from cri_server.proto import api_pb2 as api  # noqa: E402

_LISTS = {
    "pods": ("ListPodSandbox", "items"),
    "ps": ("ListContainers", "containers"),
    "images": ("ListImages", "images"),
}
_PODS = {"stopp": "StopPodSandbox", "rmp": "RemovePodSandbox"}
_CONTAINERS = {"start": "StartContainer", "stop": "StopContainer", "rm": "RemoveContainer"}


class Client:
    """Calls RPCs by name: `client("StartContainer", container_id=…)`."""

    def __init__(self, endpoint: str) -> None:
        self._channel = grpc.insecure_channel(endpoint, options=[("grpc.default_authority", "localhost")])

    def __call__(self, method: str, **fields: Any) -> Any:
        """Return the answer. Raises grpc.RpcError."""
        service = "ImageService" if "Image" in method else "RuntimeService"
        call = self._channel.unary_unary(
            f"/runtime.v1.{service}/{method}",
            request_serializer=lambda message: message.SerializeToString(),
            response_deserializer=getattr(api, f"{method}Response").FromString,
        )
        return call(getattr(api, f"{method}Request")(**fields), timeout=240)


def read(path: str, message: Any) -> Any:
    """Return a message from a file in JSON."""
    return Parse(Path(path).read_text(), message)


def show(message: Any) -> None:
    """Print a message as JSON."""
    print(MessageToJson(message, preserving_proto_field_name=True))


def logs(path: str) -> None:
    """Print a log in the CRI's format: TIME STREAM TAG TEXT; the newline of a partial line is none of its own."""
    for line in Path(path).read_bytes().splitlines():
        _, stream, tag, text = line.split(b" ", 3)
        out = sys.stderr if stream == b"stderr" else sys.stdout
        out.buffer.write(text + (b"\n" if tag == b"F" else b""))


def run(client: Client, command: str, words: list[str]) -> int:
    """Carry out a command and return the exit status."""
    if command in _LISTS:
        method, field = _LISTS[command]
        for item in getattr(client(method), field):
            print(item.id, getattr(item, "state", ""), *getattr(item, "repo_tags", ()))
    elif command in ("version", "info", "stats"):
        show(client({"version": "Version", "info": "Status", "stats": "ListContainerStats"}[command]))
    elif command == "runp":
        print(client("RunPodSandbox", config=read(words[0], api.PodSandboxConfig())).pod_sandbox_id)
    elif command == "create":
        container, sandbox = read(words[1], api.ContainerConfig()), read(words[2], api.PodSandboxConfig())
        made = client("CreateContainer", pod_sandbox_id=words[0], config=container, sandbox_config=sandbox)
        print(made.container_id)
    elif command in _PODS:
        client(_PODS[command], pod_sandbox_id=words[0])
    elif command in _CONTAINERS:
        client(_CONTAINERS[command], container_id=words[0])
    elif command == "inspectp":
        show(client("PodSandboxStatus", pod_sandbox_id=words[0], verbose=True))
    elif command == "inspect":
        show(client("ContainerStatus", container_id=words[0], verbose=True))
    elif command == "logs":
        logs(client("ContainerStatus", container_id=words[0]).status.log_path)
    elif command == "exec":
        done = client("ExecSync", container_id=words[0], cmd=words[1:])
        sys.stdout.buffer.write(done.stdout)
        sys.stderr.buffer.write(done.stderr)
        return int(done.exit_code)
    else:
        sys.exit(f"{command}: no such command\n{__doc__}")
    return 0


def main(words: list[str]) -> int:
    """Read the command line."""
    endpoint = "unix:///run/pycman/cri.sock"
    if words[:1] == ["--endpoint"]:
        endpoint, words = words[1], words[2:]
    if not words:
        sys.exit(__doc__)
    try:
        return run(Client(endpoint), words[0], words[1:])
    except grpc.RpcError as error:
        sys.exit(f"{error.code().name}: {error.details()}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
