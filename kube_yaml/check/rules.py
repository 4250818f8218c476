"""Rules over several fields, which the tables of schema/ cannot express. Pure.

Each `_…_rules` function yields (path, problem) for its part of a document whose fields have the right types.
"""

from __future__ import annotations

from kube_yaml.check.kinds import TEMPLATES
from kube_yaml.quantity import ONE, page_size, parse_quantity
from kube_yaml.read.problems import Problem, format_path
from kube_yaml.translate.annotations import (
    annotation_notes,
    annotation_problems,
    claim_problems,
)
from pycman.errors import InvalidInput

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from kube_yaml.read.documents import Document, Path

_OF_THE_HOST = {
    "hostPID": "its containers see all processes of the host, and may signal and trace those of their user",
    "hostIPC": "its containers share memory, semaphores and queues with programs of the host",
}
_HANDLERS = ("exec", "httpGet", "tcpSocket", "grpc", "sleep")
_SAFE_SYSCTLS = ("kernel.shm", "kernel.msg", "kernel.sem", "fs.mqueue.", "net.")


def check_rules(documents: Sequence[Document], *, cron_jobs: bool = False) -> list[Problem]:
    """Return the problems of documents whose fields have passed the checks of the tables. `cron_jobs`: CronJobs are allowed."""
    problems: list[Problem] = []
    for document in documents:
        problems += [
            Problem(file=document.file, line=document.line(path), path=format_path(path), text=text)
            for path, text in _rules_of(document, cron_jobs=cron_jobs)
        ]
    return problems


def notes_of(document: Document) -> Iterator[str]:
    """Yield warnings about fields and annotations of a valid document that have no effect."""
    for _, metadata in _annotated(document):
        yield from annotation_notes(metadata)
    if document.kind == "Service" and not (document.value.get("spec") or {}).get("selector"):
        yield f"Service {document.name} has no selector: it leads to no pods (other end points are not supported)"
    base: Path = (*TEMPLATES.get(document.kind, ()), "spec")
    spec = _pod_spec_of(document)
    for field, meaning in _OF_THE_HOST.items():
        if spec.get(field):
            yield f"{format_path((*base, field))}: {meaning}"
    for number, volume in enumerate(spec.get("volumes") or ()):
        own = volume.get("emptyDir") or {}
        if own.get("sizeLimit") is not None and own.get("medium") != "Memory":
            where = format_path((*base, "volumes", number, "emptyDir", "sizeLimit"))
            yield f"{where} is not enforced: only volumes in memory have a size limit"
    for field in ("initContainers", "containers"):
        for number, container in enumerate(spec.get(field) or ()):
            if "ephemeral-storage" in ((container.get("resources") or {}).get("limits") or {}):
                where = format_path((*base, field, number, "resources", "limits", "ephemeral-storage"))
                yield f"{where} is not enforced: directories have no size limit"


def uses_selinux_options(document: Document) -> bool:
    """Say whether a security context of a document has seLinuxOptions."""
    spec = _pod_spec_of(document)
    parts = [spec, *(spec.get("initContainers") or ()), *(spec.get("containers") or ())]
    return any((part.get("securityContext") or {}).get("seLinuxOptions") for part in parts)


def _pod_spec_of(document: Document) -> dict[str, Any]:
    """Return the pod spec of a workload; {} for any other kind."""
    spec: Any = document.value if document.kind in TEMPLATES else {}
    for key in (*TEMPLATES.get(document.kind, ()), "spec"):
        spec = spec.get(key) or {}
    return dict(spec)


def _annotated(document: Document) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Yield the annotations of an object and of its pod template, each with its path."""
    for path in dict.fromkeys(((), TEMPLATES.get(document.kind, ()))):
        value: Any = document.value
        for key in (*path, "metadata", "annotations"):
            value = value.get(key) or {}
        yield (*path, "metadata", "annotations"), value


def _rules_of(document: Document, *, cron_jobs: bool) -> Iterator[tuple[Path, str]]:
    kind, value = document.kind, document.value
    if not document.name:
        generated = (value.get("metadata") or {}).get("generateName")
        yield ("metadata", "name"), "this field is required" + (" (names are never generated)" if generated else "")
    if kind in TEMPLATES:
        path = TEMPLATES[kind]
        template: Any = value
        for key in path:
            template = template.get(key) or {}
        claims = (value.get("spec") or {}).get("volumeClaimTemplates") or () if kind == "StatefulSet" else ()
        names = {str((claim.get("metadata") or {}).get("name")) for claim in claims}
        yield from _pod_rules(template.get("spec") or {}, (*path, "spec"), names)
        for base, metadata in _annotated(document):
            for key, text in annotation_problems(metadata, template.get("spec") or {}, kind):
                yield (*base, key), text
        if kind != "Pod":
            yield from _workload_rules(kind, value.get("spec") or {}, template)
    if kind == "CronJob" and not cron_jobs:
        yield ("kind",), "schedules are not supported yet: run it once with kube play --cronjob-now"
    if kind == "PersistentVolumeClaim":
        for base, metadata in _annotated(document):
            for key, text in claim_problems(metadata):
                yield (*base, key), text
    if kind == "PersistentVolume":
        source = (value.get("spec") or {}).get("hostPath") or {}
        if source and not str(source["path"]).startswith("/"):
            yield ("spec", "hostPath", "path"), f"{source['path']} is not an absolute path"
        if source.get("type") not in (None, "", "Directory", "DirectoryOrCreate"):
            yield ("spec", "hostPath", "type"), "a claim is a directory"
    if kind == "ConfigMap":
        for key in set(value.get("data") or {}) & set(value.get("binaryData") or {}):
            yield ("binaryData", key), "the key is in data too"
    if kind == "Service":
        yield from _service_rules(value.get("spec") or {})


def _workload_rules(kind: str, spec: dict[str, Any], template: dict[str, Any]) -> Iterator[tuple[Path, str]]:
    labels = {key: str(label) for key, label in ((template.get("metadata") or {}).get("labels") or {}).items()}
    selector = spec.get("selector") or {}
    for key, label in (selector.get("matchLabels") or {}).items():
        if kind not in ("Job", "CronJob") and labels.get(key) != label:
            yield ("spec", "selector", "matchLabels", key), "the pod template has no such label"
    pod = template.get("spec") or {}
    policy = pod.get("restartPolicy")
    if kind in ("Job", "CronJob"):
        if policy not in ("Never", "OnFailure"):
            yield (*TEMPLATES[kind], "spec", "restartPolicy"), "the pods of a Job need Never or OnFailure"
    elif policy not in (None, "Always"):
        yield (*TEMPLATES[kind], "spec", "restartPolicy"), f"the pods of a {kind} need Always"
    replicas = spec.get("replicas", 1)
    if isinstance(replicas, int) and replicas > 1:
        for field, number, container in _containers_of(pod):
            for position, port in enumerate(container.get("ports") or ()):
                if port.get("hostPort"):
                    where = (*TEMPLATES[kind], "spec", field, number, "ports", position, "hostPort")
                    yield where, f"{replicas} pods cannot all have port {port['hostPort']} of the host"


def _containers_of(spec: dict[str, Any]) -> Iterator[tuple[str, int, dict[str, Any]]]:
    """Yield field, number and value of each container of a pod, init containers first."""
    for field in ("initContainers", "containers"):
        for number, container in enumerate(spec.get(field) or ()):
            yield field, number, container


def _service_rules(spec: dict[str, Any]) -> Iterator[tuple[Path, str]]:
    ports = spec.get("ports") or ()
    if not ports and spec.get("clusterIP") != "None":
        yield ("spec", "ports"), "this field is required"
    for number, port in enumerate(ports):
        if len(ports) > 1 and not port.get("name"):
            yield ("spec", "ports", number, "name"), "each of several ports needs a name"


def _pod_rules(spec: dict[str, Any], path: Path, claims: set[str]) -> Iterator[tuple[Path, str]]:
    if not spec.get("containers"):
        yield (*path, "containers"), "a pod needs at least one container"
    seen: dict[str, Path] = {}
    volumes = claims | {str(volume.get("name")) for volume in spec.get("volumes") or ()}
    host_ports: set[tuple[Any, ...]] = set()
    for field in ("initContainers", "containers"):
        for number, container in enumerate(spec.get(field) or ()):
            here: Path = (*path, field, number)
            name = str(container.get("name"))
            if name in seen:
                yield (*here, "name"), f"two containers have the name {name}"
            seen[name] = here
            yield from _container_rules(container, here, volumes, host_ports, bool(spec.get("hostNetwork")))
            if field == "initContainers" and container.get("restartPolicy") != "Always":
                for probe in ("livenessProbe", "readinessProbe", "startupProbe", "lifecycle", "restartPolicyRules"):
                    if container.get(probe):
                        yield (*here, probe), "only sidecars among init containers can have it"
    override = spec.get("hostnameOverride")
    if override and (len(override) > 64 or spec.get("hostNetwork") or spec.get("setHostnameAsFQDN")):
        yield (
            (*path, "hostnameOverride"),
            "it has at most 64 letters, and cannot be combined with hostNetwork or setHostnameAsFQDN",
        )
    yield from _volume_rules(spec, path)
    yield from _security_rules(spec, path)
    if spec.get("dnsPolicy") == "None" and not (spec.get("dnsConfig") or {}).get("nameservers"):
        yield (*path, "dnsConfig", "nameservers"), "dnsPolicy None needs at least one name server"


def _container_rules(
    container: dict[str, Any], path: Path, volumes: set[str], host_ports: set[tuple[Any, ...]], on_host: bool
) -> Iterator[tuple[Path, str]]:
    for number, port in enumerate(container.get("ports") or ()):
        where = (*path, "ports", number)
        host = port.get("hostPort")
        if on_host and host and host != port["containerPort"]:
            yield (*where, "hostPort"), f"with hostNetwork it must be {port['containerPort']}, the containerPort"
        key = (host, port.get("protocol", "TCP"), port.get("hostIP", ""))
        if host and key in host_ports:
            yield (*where, "hostPort"), f"port {host} of the host is used twice"
        host_ports.add(key)
    targets: set[str] = set()
    for number, mount in enumerate(container.get("volumeMounts") or ()):
        where = (*path, "volumeMounts", number)
        if str(mount["name"]) not in volumes:
            yield (*where, "name"), f"the pod has no volume {mount['name']}"
        target = "/" + str(mount["mountPath"]).partition(":")[0].lstrip("/")
        if target in targets:
            yield (*where, "mountPath"), f"two mounts are at {target}"
        targets.add(target)
        if mount.get("subPath") and mount.get("subPathExpr"):
            yield (*where, "subPathExpr"), "it cannot be combined with subPath"
    for probe in ("livenessProbe", "readinessProbe", "startupProbe"):
        yield from _handler_rules(container.get(probe), (*path, probe))
    for hook in ("postStart", "preStop"):
        yield from _handler_rules((container.get("lifecycle") or {}).get(hook), (*path, "lifecycle", hook))
    for number, variable in enumerate(container.get("env") or ()):
        if variable.get("value") not in (None, "") and variable.get("valueFrom"):
            yield (*path, "env", number, "valueFrom"), "it cannot be combined with value"
        sources = [source for source in (variable.get("valueFrom") or {}).values() if source]
        if variable.get("valueFrom") is not None and len(sources) != 1:
            yield (*path, "env", number, "valueFrom"), "it needs exactly one source"
    yield from _resource_rules(container.get("resources") or {}, (*path, "resources"))
    if container.get("restartPolicyRules") and not container.get("restartPolicy"):
        yield (*path, "restartPolicyRules"), "the container needs a restartPolicy of its own"
    security = container.get("securityContext") or {}
    if security.get("privileged") and security.get("allowPrivilegeEscalation") is False:
        yield (*path, "securityContext", "allowPrivilegeEscalation"), "false is not possible for a privileged container"


def _handler_rules(value: dict[str, Any] | None, path: Path) -> Iterator[tuple[Path, str]]:
    if value is not None and sum(value.get(handler) is not None for handler in _HANDLERS) != 1:
        yield path, f"it needs exactly one of {', '.join(_HANDLERS)}"


def _resource_rules(resources: dict[str, Any], path: Path) -> Iterator[tuple[Path, str]]:
    limits, requests = resources.get("limits") or {}, resources.get("requests") or {}
    for kind, values in (("limits", limits), ("requests", requests)):
        for name in values:
            if name in ("cpu", "memory") or name.startswith(("podman.io/device=", "pycman.io/device=")):
                continue
            if name == "ephemeral-storage":
                continue
            if name.startswith("hugepages-"):
                yield from _huge_page_rules(resources, kind, name, path)
                continue
            yield (*path, kind, name), "no such resource (ask for a device by podman.io/device=PATH)"
    for name in set(limits) & set(requests):
        if parse_quantity(str(requests[name])) > parse_quantity(str(limits[name])):
            yield (*path, "requests", name), f"{requests[name]} is more than the limit, {limits[name]}"


def _huge_page_rules(resources: dict[str, Any], kind: str, name: str, path: Path) -> Iterator[tuple[Path, str]]:
    """Yield the problems of a limit or request of huge pages, which cannot be overcommitted (Kubernetes, "Manage HugePages")."""
    try:
        _, size = page_size(name)
    except InvalidInput:
        yield (*path, kind, name), "not a huge page size (write it as hugepages-2Mi)"
        return
    amount = parse_quantity(str(resources[kind][name]))
    limit = (resources.get("limits") or {}).get(name)
    if limit is None or parse_quantity(str(limit)) != amount:
        yield (*path, kind, name), "huge pages need a limit, and a request must be the same"
    elif amount % (size * ONE):
        yield (*path, kind, name), f"{resources[kind][name]} is not a multiple of {size} bytes, the page size"


def _volume_rules(spec: dict[str, Any], path: Path) -> Iterator[tuple[Path, str]]:
    seen: set[str] = set()
    for number, volume in enumerate(spec.get("volumes") or ()):
        where = (*path, "volumes", number)
        if volume["name"] in seen:
            yield (*where, "name"), f"two volumes have the name {volume['name']}"
        seen.add(volume["name"])
        sources = [key for key in volume if key != "name"]
        if len(sources) > 1:
            yield where, f"it needs exactly one source, not {', '.join(sources)}"
        yield from _item_rules(volume.get("downwardAPI"), (*where, "downwardAPI"))
        for position, part in enumerate((volume.get("projected") or {}).get("sources") or ()):
            here = (*where, "projected", "sources", position)
            if len(part) != 1:
                yield here, "it needs exactly one source"
            yield from _item_rules(part.get("downwardAPI"), (*here, "downwardAPI"))


def _item_rules(source: dict[str, Any] | None, path: Path) -> Iterator[tuple[Path, str]]:
    """Yield the problems of a downwardAPI source: a file has the value of one field."""
    for number, item in enumerate((source or {}).get("items") or ()):
        if bool(item.get("fieldRef")) == bool(item.get("resourceFieldRef")):
            yield (*path, "items", number), "it needs either fieldRef or resourceFieldRef"


def _security_rules(spec: dict[str, Any], path: Path) -> Iterator[tuple[Path, str]]:
    for number, sysctl in enumerate((spec.get("securityContext") or {}).get("sysctls") or ()):
        name = sysctl["name"].replace("/", ".")
        where = (*path, "securityContext", "sysctls", number, "name")
        if not name.startswith(_SAFE_SYSCTLS):
            yield (
                where,
                f"{name} is not namespaced; only kernel.shm*, kernel.msg*, kernel.sem, fs.mqueue.* and net.* are",
            )
        elif name.startswith("net.") and spec.get("hostNetwork"):
            yield where, f"{name} would change the host's own with hostNetwork"
