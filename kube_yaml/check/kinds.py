"""Which documents can be played, and what becomes of the others: kinds that mean nothing here are named once and left out. Pure."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from kube_yaml.read.documents import Document, Path

TEMPLATES: dict[str, Path] = {
    "Pod": (), "CronJob": ("spec", "jobTemplate", "spec", "template"),
    **dict.fromkeys(("Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "Job"), ("spec", "template")),
}  # fmt: skip
"""Where the objects that make pods have the pod's template."""
KINDS = {
    "Pod": "v1", "ConfigMap": "v1", "Secret": "v1", "PersistentVolumeClaim": "v1", "PersistentVolume": "v1", "Service": "v1",
    "Namespace": "v1", "Deployment": "apps/v1", "ReplicaSet": "apps/v1", "StatefulSet": "apps/v1", "DaemonSet": "apps/v1",
    "Job": "batch/v1", "CronJob": "batch/v1", "RuntimeClass": "node.k8s.io/v1",
}  # fmt: skip
ACCEPTED = {
    "StorageClass": "a claim is a volume by itself",
    "ServiceAccount": "there is no API server", "Role": "there is no API server", "ClusterRole": "there is no API server",
    "RoleBinding": "there is no API server", "ClusterRoleBinding": "there is no API server",
    "PodDisruptionBudget": "there is one node", "HorizontalPodAutoscaler": "there is one node",
    "VerticalPodAutoscaler": "there is one node", "PriorityClass": "there is one node",
    "ResourceQuota": "there is no API server", "LimitRange": "there is no API server",
}  # fmt: skip
"""Kinds without an effect on one host."""
LEFT_OUT = {
    **dict.fromkeys(("Ingress", "IngressClass", "Gateway", "GatewayClass", "HTTPRoute"), "publish the Service with type: NodePort"),
    "Endpoints": "a Service leads to the pods of its selector", "EndpointSlice": "a Service leads to the pods of its selector",
    **dict.fromkeys(
        ("CustomResourceDefinition", "APIService", "MutatingWebhookConfiguration", "ValidatingWebhookConfiguration",
         "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding", "PodSecurityPolicy", "CertificateSigningRequest",
         "FlowSchema", "PriorityLevelConfiguration", "ControllerRevision", "Event", "Lease", "ComponentStatus"),
        "there is no API server"),
    **dict.fromkeys(("CSIDriver", "CSINode", "CSIStorageCapacity", "VolumeAttachment", "VolumeSnapshot", "VolumeSnapshotClass"),
                    "a claim is a volume by itself"),
    **dict.fromkeys(("Node", "PodTemplate"), "there is one node"),
}  # fmt: skip
"""Kinds that ask for something that is not here; with --validate=strict they are errors."""
SECURITY = {"NetworkPolicy": "ignoring it would open access it forbids: use a network of its own for each side"}
"""Kinds that protect something: they are left out with a warning that says what is open then; with --validate=strict they are errors."""
REFUSED = {"ReplicationController": "use a Deployment"}
CUSTOM = "a kind that a controller in a cluster acts on"
_OLD_GROUPS = ("extensions", "apps", "batch")


def why_left_out(document: Document) -> str:
    """Return why a document of a kind that nothing here acts on is left out by default; "" if it is not."""
    if document.kind in KINDS and not _is_custom(document):
        return ""
    if document.kind in ACCEPTED or document.kind in REFUSED or document.kind in SECURITY:
        return ""
    return LEFT_OUT.get(document.kind, CUSTOM if _is_custom(document) else "")


def _is_custom(document: Document) -> bool:
    """Say whether a document's kind is not Kubernetes' own: its group is a domain (monitoring.coreos.com) other than the kind's."""
    group = document.api_version.rpartition("/")[0]
    return "." in group and KINDS.get(document.kind, "").rpartition("/")[0] != group


def nearest_kind(kind: str) -> str:
    """Return the known kind with a name like `kind`, "" if there is none."""
    import difflib  # 2 ms: only for an unknown kind

    return next(iter(difflib.get_close_matches(kind, (*KINDS, *ACCEPTED, *REFUSED, *SECURITY, *LEFT_OUT), 1)), "")


def version_problem(document: Document) -> str:
    """Say what is wrong with the apiVersion of a document of one of KINDS; "" if nothing is."""
    wanted = KINDS[document.kind]
    if document.api_version == wanted:
        return ""
    group, _, version = document.api_version.partition("/")
    removed = group in _OLD_GROUPS and "beta" in version or "alpha" in version
    difference = "was removed from Kubernetes; use" if removed else "is not"
    return f"{document.api_version} {difference} {wanted}, the version of a {document.kind}"


def playable(documents: Sequence[Document]) -> tuple[list[Document], list[str]]:
    """Return the documents that a play reads, and a note for each that it leaves out for what it is in its cluster.

    A cluster prints what its controllers made beside what they made it of (`kubectl get all -o yaml`): pods of a ReplicaSet, the
    ReplicaSet of a Deployment. What has its owner in the same documents is made by the owner here too.
    """
    owners = {(document.kind, document.namespace, document.name) for document in documents}
    read: list[Document] = []
    notes: list[str] = []
    for document in documents:
        owner = _owner_of(document)
        if document.kind not in KINDS or _is_custom(document):
            continue
        if owner is not None and (owner[0], document.namespace, owner[1]) in owners:
            notes.append(f"{document.kind} {document.name} is left out (it belongs to {' '.join(owner)})")
        elif (document.kind, document.namespace, document.name) == ("Service", "default", "kubernetes"):
            notes.append("Service kubernetes is left out (there is no API server)")
        else:
            read.append(document)
    return read, notes


def _owner_of(document: Document) -> tuple[str, str] | None:
    """Return kind and name of the controller that made an object (meta/v1 OwnerReference); None if it has none."""
    metadata = document.value.get("metadata")
    references = metadata.get("ownerReferences") if isinstance(metadata, dict) else None
    for reference in references if isinstance(references, list) else ():
        if isinstance(reference, dict) and reference.get("controller") is True:
            return str(reference.get("kind")), str(reference.get("name"))
    return None
