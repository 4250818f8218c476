"""Documents of every kind into a Play (Kubernetes apps/v1, batch/v1, v1). Pure.

The order is that of creation: secrets, claims, services, workloads; within each kind that of the file. Namespaces are only prefixes of
names.
"""

from __future__ import annotations

import os
from _blake2 import blake2b

from kube_yaml.read.names import in_namespace
from kube_yaml.translate.claims import Claims, claims_of
from kube_yaml.translate.persistent_volumes import PersistentVolumes
from kube_yaml.translate.plans import ObjectPlan, Play, PodPlan, SecretPlan
from kube_yaml.translate.pod import PodRequest, pod_plan
from kube_yaml.translate.services import NodePorts, missing_names, service_spec, service_variables
from kube_yaml.translate.sources import secret_entries
from pycman.jsontext import format_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from kube_yaml.read.documents import Document
    from kube_yaml.translate.play_options import PlayOptions
    from kube_yaml.translate.sources import Sources
    from kube_yaml.translate.standing import Standing
    from pycman.spec.network_attachment import NetworkMode
    from pycman.spec.service import ServiceSpec

WORKLOADS = ("Pod", "Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "Job", "CronJob")
STORED = ("ConfigMap", "Secret", "PersistentVolume", "PersistentVolumeClaim", "Service", *WORKLOADS)
"""Kinds that have a row in kube_objects. The others only describe these (Namespace, RuntimeClass), or have no effect."""
_POD_SUFFIX = "-pod"
_JOB_NAME = ("batch.kubernetes.io/job-name", "job-name")
"""Labels of a Job's pods: the current one, and the older one without a prefix, which scripts still select by."""


class Translator:
    """Collects a Play from documents. `network` is that of the pods, `standing` what exists already."""

    def __init__(
        self,
        name: str,
        sources: Sources,
        options: PlayOptions,
        network: NetworkMode,
        standing: Standing,
    ) -> None:
        self._name = name
        self._sources = sources
        self._options = options
        self._network = network
        self._standing = standing
        self._objects: list[ObjectPlan] = []
        self._secrets: list[SecretPlan] = []
        self._services: list[ServiceSpec] = []
        self._pods: list[PodPlan] = []
        self._documents: Sequence[Document] = ()
        self._warnings: list[str] = []
        self._node_ports = NodePorts({}, {})
        self._claims = Claims(PersistentVolumes((), ()), {})

    def translate(self, documents: Sequence[Document]) -> Play:
        """Return the play. Raises NotFound, InvalidInput, Unsupported, each with its place in the YAML."""
        self._documents = documents
        classes = {
            document.name: str(document.value.get("handler") or "")
            for document in documents
            if document.kind == "RuntimeClass"
        }
        self._options = self._options.replace(runtimes={**self._options.runtimes, **classes})
        given = {
            (document.namespace, document.name): document.value.get("spec") or {}
            for document in documents
            if document.kind == "Service"
        }
        self._node_ports = NodePorts(self._standing.services, given)
        self._claims = claims_of(documents, self._standing, self._options.annotations)
        for document in documents:
            if document.kind in STORED:
                self._objects.append(_object(document))
        for kind, read in (("Secret", self._secret), ("Service", self._service)):
            for document in documents:
                if document.kind == kind:
                    read(document)
        for document in documents:
            if document.kind in WORKLOADS:
                self._workload(document)
        return Play(
            name=self._name,
            objects=tuple(self._objects),
            secrets=tuple(self._secrets),
            volumes=tuple(self._claims.volumes.values()),
            services=tuple(self._services),
            pods=tuple(self._pods),
            warnings=tuple(self._warnings),
        )

    def _secret(self, document: Document) -> None:
        entries = {
            key: value.decode("utf-8", "surrogateescape") for key, value in secret_entries(document.value).items()
        }
        text = format_json(entries, sort_keys=True)
        self._secrets.append(
            SecretPlan(
                name=in_namespace(document.namespace, document.name),
                namespace=document.namespace,
                content=text.encode("utf-8", "surrogateescape"),
            )
        )

    def _service(self, document: Document) -> None:
        spec = service_spec(
            document.value,
            name=document.name,
            namespace=document.namespace,
            network=next((attachment.name for attachment in self._network.attachments), ""),
            node_ports=self._node_ports,
        )
        templates = [
            template
            for workload in self._documents
            if workload.namespace == document.namespace and (template := _template_of(workload)) is not None
        ]
        self._warnings += [
            f"Service {document.name}: no pod that it selects has a port named {name}"
            for name in missing_names(spec, templates)
        ]
        if (document.value.get("spec") or {}).get("type") == "LoadBalancer":
            self._warnings += [
                f"Service {document.name}: port {port.port} of the host is another Service's, so it is published at {port.host_port}"
                for port, asked in zip(spec.ports, document.value["spec"]["ports"], strict=True)
                if port.host_port != port.port and not asked.get("nodePort")
            ]
        address = self._standing.addresses.get((document.namespace, document.name), spec.address)
        self._services.append(spec.replace(address=address))

    def _workload(self, document: Document) -> None:
        template = _template_of(document)
        if template is None:
            return
        spec = document.value.get("spec") or {}
        kind = document.kind
        if kind == "Pod":
            self._pod(document, document.name, template)
        elif kind in ("Deployment", "ReplicaSet"):
            count = _number(spec, "replicas", 1)
            for number in range(count):
                name = f"{document.name}{_POD_SUFFIX}" if count == 1 else f"{document.name}{_POD_SUFFIX}-{number}"
                self._pod(document, self._name_before(document, number) or name, template, number=number)
        elif kind == "DaemonSet":
            self._pod(document, f"{document.name}{_POD_SUFFIX}", template)
        elif kind == "StatefulSet":
            self._stateful(document, spec, template)
        elif kind == "Job":
            self._job(document, spec, template)
        elif kind == "CronJob" and self._options.run_cron_jobs:
            inner = (spec.get("jobTemplate") or {}).get("spec") or {}
            self._job(document, inner, inner.get("template") or {})

    def _name_before(self, document: Document, number: int) -> str:
        """Return the name that a pod of an object has already, so that more or less of them are no reason to make it anew."""
        name = self._standing.pod_names.get((document.kind, document.namespace, document.name, number), "")
        return name.removeprefix(in_namespace(document.namespace, ""))

    def _stateful(self, document: Document, spec: Mapping[str, Any], template: dict[str, Any]) -> None:
        claims = spec.get("volumeClaimTemplates") or ()
        start = _number(spec.get("ordinals") or {}, "start", 0)
        for number in range(start, start + _number(spec, "replicas", 1)):
            names = {}
            for claim in claims:
                name = str((claim.get("metadata") or {})["name"])
                names[name] = self._claims.add(document.namespace, f"{name}-{document.name}-{number}", claim)
            pod_name = f"{document.name}-{number}"
            own = _with_labels(
                template,
                {"statefulset.kubernetes.io/pod-name": pod_name, "apps.kubernetes.io/pod-index": str(number)},
            )
            self._pod(
                document,
                pod_name,
                own,
                number=number,
                subdomain=str(spec.get("serviceName") or ""),
                claim_names=names,
                more_volumes=tuple({"name": name, "persistentVolumeClaim": {"claimName": name}} for name in names),
            )
            if spec.get("podManagementPolicy") != "Parallel":
                self._pods[-1] = self._pods[-1].replace(waits=True)

    def _job(self, document: Document, spec: Mapping[str, Any], template: dict[str, Any]) -> None:
        parallelism = _number(spec, "parallelism", 1)
        completions = _number(spec, "completions", max(1, parallelism))  # a work queue: every pod takes from it
        indexed = spec.get("completionMode") == "Indexed"
        deadline = spec.get("activeDeadlineSeconds")
        for number in range(completions):
            name = f"{document.name}{_POD_SUFFIX}" if completions == 1 else f"{document.name}{_POD_SUFFIX}-{number}"
            index = {"batch.kubernetes.io/job-completion-index": str(number)} if indexed else {}
            own = _with_labels(template, {**dict.fromkeys(_JOB_NAME, document.name), **index}, annotations=index)
            if deadline is not None:
                own.setdefault("spec", {}).setdefault("activeDeadlineSeconds", deadline)
            self._pod(
                document,
                name,
                own,
                number=number,
                hostname=f"{document.name}-{number}" if indexed else "",
                env={"JOB_COMPLETION_INDEX": str(number)} if indexed else {},
            )
            if number >= parallelism or spec.get("suspend"):
                self._pods[-1] = self._pods[-1].replace(starts=False)

    def _pod(self, document: Document, name: str, template: dict[str, Any], **more: Any) -> None:
        metadata = document.value.get("metadata") or {}
        if document.kind != "Pod":  # podman reads the workload's own annotations; the template's win
            template = {
                **template,
                "metadata": {
                    **(template.get("metadata") or {}),
                    "annotations": {
                        **(metadata.get("annotations") or {}),
                        **((template.get("metadata") or {}).get("annotations") or {}),
                    },
                },
            }
        addresses = {spec.name: spec.address for spec in self._services if spec.address != "None"}
        claims = {**self._own_claims(document.namespace), **more.pop("claim_names", {})}
        request = PodRequest(
            name=in_namespace(document.namespace, name),
            object_name=name,
            template=template,
            kind=document.kind,
            owner_name=document.name,
            namespace=document.namespace,
            folder=os.path.dirname(os.path.abspath(document.file)) if document.file != "-" else os.getcwd(),
            where=_where(document, _TEMPLATES[document.kind]),
            position=len(self._pods),
            claim_names=claims,
            service_env=service_variables(self._services, addresses, document.namespace),
            **more,
        )
        plan = pod_plan(request, self._sources, self._options, self._network)
        for claim in plan.claims:
            self._claims.name_only(document.namespace, claim)
        self._pods.append(plan)

    def _own_claims(self, namespace: str) -> dict[str, str]:
        return {
            document.name: in_namespace(namespace, document.name)
            for document in self._documents
            if document.kind == "PersistentVolumeClaim" and document.namespace == namespace
        }


_TEMPLATES: dict[str, tuple[str, ...]] = {
    "Pod": ("spec",), "CronJob": ("spec", "jobTemplate", "spec", "template", "spec"),
    **dict.fromkeys(("Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "Job"), ("spec", "template", "spec")),
}  # fmt: skip


def _template_of(document: Document) -> dict[str, Any] | None:
    """Return a workload's pod template (metadata and spec); None for any other kind."""
    path = _TEMPLATES.get(document.kind)
    if path is None:
        return None
    value: Any = document.value
    for key in path[:-1]:
        value = value.get(key) or {}
    return dict(value)


def _with_labels(
    template: Mapping[str, Any], labels: Mapping[str, str], *, annotations: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Return a copy of a pod template with the labels and annotations that Kubernetes' controller would add."""
    own: dict[str, Any] = _copied(template)
    metadata = own["metadata"] = dict(own.get("metadata") or {})
    metadata["labels"] = {**(metadata.get("labels") or {}), **labels}
    metadata["annotations"] = {**(metadata.get("annotations") or {}), **(annotations or {})}
    return own


def _copied(value: Any) -> Any:
    """Return a JSON value that shares nothing with `value`: the module `copy` takes 2 ms to import."""
    if isinstance(value, dict):
        return {key: _copied(one) for key, one in value.items()}
    return [_copied(one) for one in value] if isinstance(value, list) else value


def _where(document: Document, path: tuple[str, ...]) -> str:
    """Return the place of a field as the beginning of a subject: FILE:LINE: PATH. (with the dot)."""
    line = document.line(path)
    prefix = "".join(f"{part}." for part in path)
    return f"{document.file}:{line}: {prefix}" if line else f"{document.file}: {prefix}"


def _number(spec: Mapping[str, Any], key: str, default: int) -> int:
    value = spec.get(key)
    return default if value is None else int(value)


def _object(document: Document) -> ObjectPlan:
    text = format_json(document.value, sort_keys=True)
    without_data = {key: value for key, value in document.value.items() if key not in ("data", "stringData")}
    return ObjectPlan(
        kind=document.kind,
        namespace=document.namespace,
        name=document.name,
        hash=blake2b(text.encode(), digest_size=16).hexdigest(),
        manifest=format_json(without_data, sort_keys=True) if document.kind == "Secret" else text,
    )
