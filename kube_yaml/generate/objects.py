"""Kubernetes objects of containers, pods and volumes: which objects there are; `describe.py` has their contents, `write.py` the text.

A pod created by `kube play` is written as its manifest was: with its config maps, references and probes. Any other pod, and
containers outside pods, are described from their specs, without the defaults of their images.
"""

from __future__ import annotations

from kube_yaml.check.kinds import TEMPLATES
from kube_yaml.generate.describe import describe_annotations, describe_container, describe_pod_spec
from kube_yaml.generate.dropped import dropped_of_pod
from kube_yaml.read.names import in_namespace
from kube_yaml.translate.annotations import PODMAN_PREFIX, PYCMAN_PREFIX
from pods.catalogue import Pod, find_pod
from pods.catalogue import get_row as pod_row
from pods.catalogue import spec_of as pod_spec_of
from pycman.containers.catalogue import find_id, row_of, spec_of
from pycman.errors import InvalidInput, NotFound
from pycman.images.catalogue import find_image
from pycman.jsontext import parse_json
from pycman.record import Record
from pycman.spec.pod import PodSpec
from pycman.spec.port import PortMapping, merge_twins
from pycman.state.settings import containers_conf
from pycman.volumes.catalogue import find_volume
from pycman.volumes.volume import Volume

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from pycman.spec.container import ContainerSpec
    from pycman.state.session import Session

KINDS = {"pod": "Pod", "deployment": "Deployment", "daemonset": "DaemonSet", "job": "Job"}
_FIRST_NODE_PORT = 30000
_NODE_PORTS = 2768


class Generated(Record):
    """Objects in the order they are written, and settings that Kubernetes has no field for, for comments."""

    objects: tuple[dict[str, Any], ...]
    not_expressible: tuple[str, ...] = ()


class _Described(Record):
    """A pod before it becomes a Pod or the template of a workload: name, labels, annotations, spec, published ports.

    `namespace` is "" for default.
    """

    name: str
    labels: dict[str, str]
    annotations: dict[str, str]
    spec: dict[str, Any]
    ports: tuple[PortMapping, ...] = ()
    not_expressible: tuple[str, ...] = ()
    namespace: str = ""


def generate(
    session: Session,
    names: Sequence[str],
    *,
    kind: str = "pod",
    service: bool = False,
    replicas: int = 1,
    for_podman: bool = False,
    as_podman: bool = False,
) -> Generated:
    """Return the objects of containers (all of them become one pod), pods and volumes, by name or id.

    `kind` is pod, deployment, daemonset or job. `for_podman`: annotations begin with io.podman.annotations, which pycman reads too.
    `as_podman`: workloads have podman's names, and a restart policy that they do not allow is left out and told.
    Raises NotFound, InvalidInput.
    """
    prefix = PODMAN_PREFIX if for_podman else PYCMAN_PREFIX
    if kind not in KINDS:
        raise InvalidInput("not a kind that can be generated", subject=f"--type {kind}", hint=f"use {', '.join(KINDS)}")
    if replicas != 1 and kind != "deployment":
        raise InvalidInput(
            "only a deployment has replicas", subject=f"--replicas {replicas}", hint="add --type deployment"
        )
    containers: list[str] = []
    described: list[_Described] = []
    claims: list[dict[str, Any]] = []
    dropped: list[str] = []
    for name in names:
        container_id = find_id(session, name)
        pod = find_pod(session, name) if container_id is None else None
        volume = find_volume(session, name) if container_id is None and pod is None else None
        if container_id is not None:
            containers.append(container_id)
        elif pod is not None:
            described.append(_describe_pod(session, pod, prefix))
        elif volume is not None:
            claims.append(_claim(volume, dropped))
        else:
            raise NotFound("no such container, pod or volume", subject=name)
    if containers:
        described.append(_describe_containers(session, containers, prefix))
    objects = [*claims]
    not_expressible = dropped
    for pod_object in described:
        if service:
            objects.append(_service(pod_object))
        if as_podman and kind != "pod":
            pod_object = _allowed_policy(pod_object, kind)
        workload = _workload(pod_object, kind, replicas)
        if as_podman and kind != "pod":
            workload["metadata"]["name"] = f"{pod_object.name}-{kind}"
        objects.append(workload)
        not_expressible += pod_object.not_expressible
    return Generated(objects=tuple(objects), not_expressible=tuple(dict.fromkeys(not_expressible)))


def kubernetes_name(name: str) -> str:
    """Return a name as Kubernetes allows it: lower-case letters, digits and "-", at most 63, "x" if none are left."""
    clean = "".join(letter if letter.isalnum() and letter.isascii() else "-" for letter in name.lower())
    return clean.strip("-")[:63] or "x"


def _describe_pod(session: Session, pod: Pod, prefix: str) -> _Described:
    manifest = _from_manifest(session, pod)
    if manifest is not None:
        return manifest
    spec = pod_spec_of(pod_row(session, pod.id))
    if not pod.workers:
        raise InvalidInput(
            "the pod only has an infra container", subject=pod.name, hint="create a container in it first"
        )
    members = [
        (worker.name, spec_of(row_of(session, worker.id)).replace(image=worker.image_name), worker.image_id)
        for worker in pod.workers
    ]
    infra = next((member for member in pod.members if member.is_infra), None)
    published = [PortMapping.from_dict(dict(port)) for port in infra.ports] if infra else spec.ports
    ports = tuple(merge_twins(published))
    return _described(session, pod.name, spec, members, ports, prefix)


def _from_manifest(session: Session, pod: Pod) -> _Described | None:
    """Return a pod that `kube play` created as its manifest describes it; None for any other pod."""
    row = session.db.row("SELECT kind, namespace, name FROM kube_pods WHERE pod_id = ?", (pod.id,))
    text = row and session.db.value(
        "SELECT manifest FROM kube_objects WHERE kind = ? AND namespace = ? AND name = ?",
        (row["kind"], row["namespace"], row["name"]),
    )
    if not text:
        return None
    value: Any = parse_json(str(text))
    for key in TEMPLATES[row["kind"]]:
        value = value.get(key) or {}
    metadata = value.get("metadata") or {}
    namespace = "" if row["namespace"] == "default" else str(row["namespace"])
    return _Described(
        name=pod.name.removeprefix(in_namespace(namespace, "")),
        namespace=namespace,
        labels=dict(metadata.get("labels") or {}),
        annotations=dict(metadata.get("annotations") or {}),
        spec=value.get("spec") or {},
        ports=pod_spec_of(pod_row(session, pod.id)).ports,
    )


def _describe_containers(session: Session, ids: Sequence[str], prefix: str) -> _Described:
    members: list[tuple[str, ContainerSpec, str]] = []
    ports: list[PortMapping] = []
    for container_id in ids:
        row = row_of(session, container_id)
        if row["pod_id"]:
            pod = find_pod(session, row["pod_id"])
            raise InvalidInput(
                f"the container belongs to the pod {pod.name if pod else row['pod_id'][:12]}",
                subject=row["name"],
                hint="generate the pod",
            )
        spec = spec_of(row).replace(image=row["image_name"])
        members.append((row["name"], spec, row["image_id"]))
        ports += merge_twins([PortMapping.from_dict(port) for port in parse_json(row["ports"])])
    first = members[0][1]
    image = find_image(session, members[0][2]) if members[0][2] else None
    image_labels = ((image.config.get("config") or {}).get("Labels") or {}) if image else {}
    pod_like = PodSpec(
        hostname=first.hostname,
        labels={key: value for key, value in first.labels.items() if image_labels.get(key) != value},
        network=first.network,
        dns=first.dns,
        dns_search=first.dns_search,
        dns_options=first.dns_options,
        extra_hosts=first.extra_hosts,
        pid_mode=first.pid_mode,
        ipc_mode=first.ipc_mode,
        user_mode=first.user_mode,
        sysctls=_without_usual(first.sysctls, containers_conf(session).default_sysctls),
    )
    return _described(session, f"{members[0][0]}-pod", pod_like, members, tuple(ports), prefix, alone=True)


def _without_usual(sysctls: Mapping[str, str], usual: Sequence[str]) -> dict[str, str]:
    """Return the parameters but those that containers.conf gives to all: they are a matter of the host."""
    return {name: value for name, value in sysctls.items() if f"{name}={value}" not in usual}


def _described(
    session: Session,
    name: str,
    pod: PodSpec,
    members: Sequence[tuple[str, ContainerSpec, str]],
    ports: tuple[PortMapping, ...],
    prefix: str,
    *,
    alone: bool = False,
) -> _Described:
    name = kubernetes_name(name)
    not_expressible: list[str] = []
    containers: dict[str, list[dict[str, Any]]] = {"initContainers": [], "containers": []}
    volumes: dict[str, dict[str, Any]] = {}
    seen: dict[str, str] = {}
    for container_name, spec, image_id in members:
        short = kubernetes_name(container_name)
        if short in seen:
            raise InvalidInput(
                f"{seen[short]} would have the same name in Kubernetes", subject=container_name, hint="rename it"
            )
        seen[short] = container_name
        image = find_image(session, image_id) if image_id else None
        config = (image.config.get("config") or {}) if image else {}
        description = describe_container(short, spec, config, volumes, not_expressible)
        containers["initContainers" if spec.init_kind else "containers"].append(description)
    if containers["containers"] and ports:
        containers["containers"][0]["ports"] = [_port(port, n) for port in ports for n in range(port.range_size)]
    not_expressible += dropped_of_pod(name, pod, alone=alone)
    spec_object = describe_pod_spec(name, pod, [spec for _, spec, _ in members], not_expressible)
    spec_object |= {key: value for key, value in containers.items() if value}
    shorts = {name: short for short, name in seen.items()}
    usual_pids = containers_conf(session).pids_limit
    short_members = [(shorts[name], spec) for name, spec, _ in members]
    own_annotations = describe_annotations(pod, short_members, usual_pids=usual_pids)
    if volumes:
        spec_object["volumes"] = list(volumes.values())
    labels = {"app": name, **_valid_labels(pod.labels, not_expressible, name)}
    return _Described(
        name=name,
        labels=labels,
        annotations={**pod.annotations, **{f"{prefix}{key}": value for key, value in own_annotations.items()}},
        spec=spec_object,
        ports=ports,
        not_expressible=tuple(not_expressible),
    )


def _valid_labels(labels: Mapping[str, str], not_expressible: list[str], name: str) -> dict[str, str]:
    """Return the labels that Kubernetes allows; tell the others."""
    from kube_yaml.schema.types import TYPES, is_qualified  # only imported for objects with labels

    valid = {key: value for key, value in labels.items() if is_qualified(key) and not TYPES["labelvalue"](value)}
    not_expressible += [f"the label {key} of {name}" for key in labels if key not in valid]
    return valid


def _port(port: PortMapping, offset: int) -> dict[str, Any]:
    entry: dict[str, Any] = {"containerPort": port.container_port + offset}
    if port.host_port:
        entry["hostPort"] = port.host_port + offset
    if port.host_ip not in ("", "0.0.0.0"):  # noqa: S104
        entry["hostIP"] = port.host_ip
    if port.protocol != "tcp":
        entry["protocol"] = port.protocol.upper()
    return entry


def _workload(pod: _Described, kind: str, replicas: int) -> dict[str, Any]:
    metadata: dict[str, Any] = {"name": pod.name, **_in_namespace(pod), "labels": pod.labels}
    if pod.annotations:
        metadata["annotations"] = pod.annotations
    if kind == "pod":
        return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": pod.spec}
    policy = pod.spec.get("restartPolicy")
    spec = dict(pod.spec)
    if kind == "job":
        if policy == "Always":
            raise InvalidInput(
                "a Job does not allow the restart policy Always", subject=pod.name, hint="use --type pod"
            )
        spec["restartPolicy"] = policy or "Never"
    elif policy not in (None, "Always"):
        raise InvalidInput(
            f"a {KINDS[kind]} needs the restart policy Always, not {policy}", subject=pod.name, hint="use --type pod"
        )
    name = pod.name.removesuffix("-pod")
    selector = {"matchLabels": {"app": pod.labels["app"]}} if "app" in pod.labels else {"matchLabels": pod.labels}
    body: dict[str, Any] = {"replicas": replicas} if kind == "deployment" else {}
    if kind != "job":
        body["selector"] = selector
    body["template"] = {
        "metadata": {key: metadata[key] for key in metadata if key not in ("name", "namespace")}, "spec": spec,
    }  # fmt: skip
    return {
        "apiVersion": "batch/v1" if kind == "job" else "apps/v1",
        "kind": KINDS[kind],
        "metadata": {"name": name, **_in_namespace(pod), "labels": pod.labels},
        "spec": body,
    }


def _allowed_policy(pod: _Described, kind: str) -> _Described:
    """Return a pod without the restart policy that its containers have if a `kind` does not allow it, and with a clause that tells so."""
    policy = pod.spec.get("restartPolicy")
    if policy is None or (policy == "Always") == (kind != "job"):
        return pod
    spec = {key: value for key, value in pod.spec.items() if key != "restartPolicy"}
    return pod.replace(spec=spec, not_expressible=(*pod.not_expressible, f"the restart policy {policy} of {pod.name}"))


def _in_namespace(pod: _Described) -> dict[str, str]:
    return {"namespace": pod.namespace} if pod.namespace else {}


def _service(pod: _Described) -> dict[str, Any]:
    """Return a NodePort Service of a pod's ports. Node ports follow from port numbers, so that each run writes the same file."""
    ports = [
        (port.container_port + n, port.protocol.upper())
        for port in pod.ports
        for n in range(port.range_size)
    ] or [
        (int(port["containerPort"]), str(port.get("protocol", "TCP")))
        for container in pod.spec.get("containers") or ()
        for port in container.get("ports") or ()
    ]  # fmt: skip
    if not ports:
        raise InvalidInput("the pod has no ports for a Service", subject=pod.name, hint="omit --service")
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": pod.name, **_in_namespace(pod), "labels": pod.labels},
        "spec": {
            "type": "NodePort",
            "selector": {"app": pod.labels["app"]} if "app" in pod.labels else pod.labels,
            "ports": [
                {"name": f"{number}-{protocol.lower()}"[-15:], "port": number, "targetPort": number, "protocol": protocol,
                 "nodePort": _FIRST_NODE_PORT + number % _NODE_PORTS}
                for number, protocol in ports
            ],
        },
    }  # fmt: skip


def _claim(volume: Volume, dropped: list[str]) -> dict[str, Any]:
    annotations = {
        f"volume.podman.io/{key}": volume.options[key] for key in ("device", "type") if key in volume.options
    }
    if volume.options.get("o"):
        annotations["volume.podman.io/mount-options"] = volume.options["o"]
    if volume.driver != "local":
        annotations["volume.podman.io/driver"] = volume.driver
    metadata: dict[str, Any] = {"name": kubernetes_name(volume.name)}
    dropped += [
        f"the option {key} of the volume {volume.name}" for key in volume.options if key not in ("device", "type", "o")
    ]
    if volume.labels:
        metadata["labels"] = _valid_labels(volume.labels, dropped, volume.name)
    if annotations:
        metadata["annotations"] = annotations
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": metadata,
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
    }
