"""/libpod/kube: Kubernetes YAML in the body, or as play.yaml in a tar with what is built for it."""

from __future__ import annotations

import os

from api_server.libpod.query import maybe, switch
from api_server.libpod.spec.network import network_mode
from api_server.libpod.spec.ports import published_port
from api_server.libpod.verbs.bodies import answer_json, read_body, unpack_body
from api_server.libpod.verbs.transfer import registry_options
from api_server.translate.fields import Fields
from api_server.verbs.call import Answer
from kube_yaml.api import KubeYaml
from kube_yaml.translate.play_options import PlayOptions
from pycman.errors import Corrupt, InvalidInput, NotFound, Unsupported
from pycman.jsontext import parse_json
from pycman.linux.files import make_directory, remove_tree
from pycman.spec.container import LOG_DRIVERS, LogConfig, NamespaceMode
from pycman.state.settings import containers_conf

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from api_server.http.request import Request
    from api_server.verbs.call import Call
    from kube_yaml.play.down import DownReport
    from kube_yaml.read.documents import Document

_MOST_BYTES = 16 << 20
_TAR = "application/x-tar"
_TYPES = ("", "text/plain", "application/json", "application/yaml", "application/text", "application/x-yaml")
_FILE = "play.yaml"


def play(call: Call) -> None:
    """Create and start what the YAML asks for; with `wait` take it down again once it has ended."""
    request, kube = call.request, KubeYaml(call.engine)
    if switch(request, "serviceContainer"):
        raise Unsupported("there are no service containers", subject="serviceContainer", hint="leave it out")
    folder = f"{call.session.paths.tmp}/api-play-{os.urandom(8).hex()}"
    try:
        documents = kube.read([(_FILE, _yaml(call, folder))])
        options = _options(request, folder if os.path.isdir(folder) else "/nonexistent")
        kube.check(documents, validate="warn", podman_names=True)
        report = kube.play(documents, options)
    finally:
        remove_tree(folder)
    answer: dict[str, Any] = {
        "Pods": [
            {
                "ID": pod.pod_id,
                "Containers": list(pod.containers),
                "InitContainers": None,
                "Logs": None,
                "ContainerErrors": None,
            }
            for pod in report.pods
        ],
        "Volumes": [{"Name": name} for name in report.volumes] or None,
        "Secrets": [{"CreateReport": {"ID": name}} for name in report.secrets] or None,
        **_teardown(None),
        "ServiceContainerID": "",
        "ExitCode": None,
    }
    if report.errors and answer["Pods"]:
        answer["Pods"][0]["ContainerErrors"] = [str(error) for error in report.errors]
    if switch(request, "wait"):
        answer["ExitCode"] = kube.wait(report)
        answer |= _teardown(kube.down(documents, force=True))
    answer_json(call, answer)


def down(call: Call) -> None:
    """Take down what a play of the YAML has made."""
    kube = KubeYaml(call.engine)
    documents: list[Document] = kube.read([(_FILE, read_body(call, _MOST_BYTES))])
    report = kube.down(documents, force=switch(call.request, "force"))
    if report.errors:
        raise report.errors[0]
    answer_json(
        call,
        {
            "Pods": None,
            "Volumes": None,
            "Secrets": None,
            **_teardown(report),
            "ServiceContainerID": "",
            "ExitCode": None,
        },
    )


def generate(call: Call) -> Answer:
    """Return the YAML of containers, pods and volumes."""
    request = call.request
    names = [name for name in request.texts("names") if name]
    if not names:
        raise InvalidInput("no container, pod or volume was named", subject="names")
    text = KubeYaml(call.engine).generate(
        names,
        kind=request.text("type") or containers_conf(call.session).kube_generate_type,
        service=switch(request, "service"),
        replicas=request.number("replicas", 1) or 1,
        for_podman=switch(request, "podmanOnly"),
        as_podman=True,
    )
    return Answer(headers={"Content-Type": "text/vnd.yaml"}, body=text.encode("utf-8", "surrogateescape"))


def _teardown(report: DownReport | None) -> dict[str, Any]:
    if report is None:
        return dict.fromkeys(("StopReport", "RmReport", "VolumeRmReport", "SecretRmReport"))
    return {
        "StopReport": [{"Errs": None, "Id": each, "RawInput": ""} for each in report.stopped],
        "RmReport": [{"RemovedCtrs": None, "Err": None, "Id": each} for each in report.removed],
        "VolumeRmReport": [{"Err": None, "Id": each} for each in report.volumes],
        "SecretRmReport": [{"ID": each, "Err": None} for each in report.secrets],
    }


def _yaml(call: Call, folder: str) -> bytes:
    """Return the YAML of the body; a tar is unpacked into `folder`. Raises InvalidInput, NotFound."""
    kind = call.request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind in _TYPES:
        return read_body(call, _MOST_BYTES)
    if kind != _TAR:
        raise InvalidInput(f'Content-Type: {kind[:60]} is not supported. Should be "{_TAR}"', subject="Content-Type")
    make_directory(folder, 0o700)
    with call.source() as source:
        unpack_body(source, folder)
    try:
        file = os.open(f"{folder}/{_FILE}", os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        raise NotFound("file not found: tar missing play.yaml file at root", subject="body") from None
    with open(file, "rb") as opened:
        return opened.read(_MOST_BYTES)


def _options(request: Request, context: str) -> PlayOptions:
    network = _network([name for name in request.texts("network") if name])
    ports = tuple(published_port(text) for value in request.texts("publishPorts") for text in value.split(",") if text)
    return PlayOptions(
        start=switch(request, "start", default=True),
        replace_pods=switch(request, "replace"),
        annotations=_annotations(request),
        network=network,
        ips=tuple(_texts(request, "staticIPs")),
        macs=tuple(_texts(request, "staticMACs")),
        log=_log(request),
        no_hosts=maybe(request, "noHosts"),
        no_hostname=switch(request, "noHostname"),
        no_pod_prefix=switch(request, "noPodPrefix"),
        publish=ports,
        publish_all=switch(request, "publishAllPorts"),
        user_mode=_user_mode(request.text("userns")),
        registry=registry_options(request),
        validate="warn",
        quiet=True,
        build=maybe(request, "build"),
        context_dir=context,
    )


def _texts(request: Request, name: str) -> list[str]:
    return [text for value in request.texts(name) for text in value.split(",") if text]


def _network(values: list[str]) -> Any:
    if not values:
        return None
    kinds = ("none", "host", "private", "container", "ns", "pasta", "slirp4netns")
    kind, colon, value = values[0].partition(":")
    if kind in kinds:
        if len(values) > 1:
            raise InvalidInput("it cannot be combined with other networks", subject=f"network={kind}")
        return network_mode(
            Fields({"netns": {"nsmode": "path" if kind == "ns" else kind, "value": value if colon else ""}})
        )
    networks: dict[str, Any] = {}
    for text in values:
        name, _, rest = text.partition(":")
        if rest:
            raise Unsupported(
                "options of a network are not taken here", subject=f"network={text[:60]}", hint="use staticIPs"
            )
        networks[name] = {}
    return network_mode(Fields({"networks": networks}))


def _annotations(request: Request) -> dict[str, str]:
    text = request.text("annotations")
    if not text:
        return {}
    try:
        found = parse_json(text, subject="annotations")
    except Corrupt as error:
        raise InvalidInput(error.problem, subject="annotations") from error
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        raise InvalidInput("they are no JSON of texts by name", subject="annotations")
    return found


def _log(request: Request) -> LogConfig:
    driver = request.text("logDriver")
    if driver not in LOG_DRIVERS or driver == "passthrough":
        raise Unsupported(
            "not a log driver of a server", subject=f"logDriver={driver[:40]}", hint="use k8s-file, journald or none"
        )
    if request.texts("logOptions"):
        raise Unsupported("options of logs are not taken here", subject="logOptions", hint="leave them out")
    return LogConfig(driver=LOG_DRIVERS[driver], options={"driver": driver} if driver else {})


def _user_mode(text: str) -> NamespaceMode | None:
    if not text:
        return None
    kind, _, value = text.partition(":")
    if kind not in ("host", "private", "auto", "keep-id", "nomap"):
        raise InvalidInput("not a mode of this namespace", subject=f"userns={text[:40]}")
    return NamespaceMode(kind=kind, value=value)
