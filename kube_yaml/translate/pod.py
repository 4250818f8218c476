"""A pod template into a PodPlan: the PodSpec of the engine, and the plans of its containers and volumes (v1 PodSpec). Pure."""

from __future__ import annotations

from _blake2 import blake2b

from kube_yaml.translate.annotations import Annotations, annotation_problems
from kube_yaml.translate.containers import PodContext, container_plan, message_volume
from kube_yaml.translate.env import FieldValues
from kube_yaml.translate.files import FileReader
from kube_yaml.translate.plans import ContainerPlan, PodPlan
from kube_yaml.translate.pull_secrets import pull_credentials
from kube_yaml.translate.security import label_options
from kube_yaml.translate.services import port_names, running_containers
from kube_yaml.translate.volumes import Volumes
from pycman.errors import InvalidInput
from pycman.jsontext import format_json
from pycman.record import Record
from pycman.spec.container import NamespaceMode, Security
from pycman.spec.network import CLUSTER_DOMAIN
from pycman.spec.network_attachment import NetworkAttachment, NetworkMode
from pycman.spec.pod import PodOwner, PodSpec, PodVolume
from pycman.spec.port import PortMapping

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from kube_yaml.translate.play_options import PlayOptions
    from kube_yaml.translate.sources import Sources

DOMAIN = f"svc.{CLUSTER_DOMAIN}"
_GRACE_S = 30


class PodRequest(Record):
    """What a workload asks for one of its pods: the template, the object, and values that differ from pod to pod."""

    name: str
    """The name of the pod in the engine: with its namespace in front, unless that is default."""
    object_name: str
    """metadata.name, which is the default of the host name."""
    template: dict[str, Any]
    """The template's metadata and spec, as written."""
    kind: str
    owner_name: str
    namespace: str
    number: int = 0
    folder: str = ""
    where: str = ""
    position: int = 0
    """Its position among the pods of the play, for --ip and --mac-address."""
    hostname: str = ""
    subdomain: str = ""
    env: dict[str, str] = {}
    claim_names: dict[str, str] = {}
    more_volumes: tuple[dict[str, Any], ...] = ()
    service_env: dict[str, str] = {}


def pod_plan(request: PodRequest, sources: Sources, options: PlayOptions, network: NetworkMode) -> PodPlan:
    """Return the plan of a pod. Raises NotFound, InvalidInput, Unsupported, each with its place in the YAML."""
    spec = request.template.get("spec") or {}
    metadata = request.template.get("metadata") or {}
    labels = {str(key): str(value) for key, value in (metadata.get("labels") or {}).items()}
    annotations = {str(key): str(value) for key, value in (metadata.get("annotations") or {}).items()}
    annotations |= options.annotations
    for key, problem in annotation_problems(options.annotations, spec, request.kind):
        raise InvalidInput(problem, subject=f"--annotation {key}")
    fields = FieldValues(
        metadata={**metadata, "name": request.object_name, "namespace": request.namespace, "labels": labels,
                  "annotations": annotations},
        uid=_uid(f"{request.namespace}/{request.name}"),
        node_name=sources.node_name,
        service_account=str(spec.get("serviceAccountName") or "default"),
        host_ips=sources.host_ips,
    )  # fmt: skip
    templates = [*(spec.get("initContainers") or ()), *(spec.get("containers") or ())]
    by_name = {str(container["name"]): container for container in templates}
    gid = (spec.get("securityContext") or {}).get("fsGroup")
    volumes = Volumes(
        request.folder,
        FileReader(sources, fields, by_name),
        -1 if gid is None else gid,
    )
    volumes.read([*(spec.get("volumes") or ()), *request.more_volumes], request.claim_names, request.namespace)
    grace = spec.get("terminationGracePeriodSeconds")
    context = PodContext(
        name=request.name,
        spec=spec,
        containers=by_name,
        labels=labels,
        annotations=Annotations(annotations),
        sources=sources,
        fields=fields,
        options=options,
        service_env={**(request.service_env if spec.get("enableServiceLinks", True) else {}), **request.env},
        grace_s=_GRACE_S if grace is None else int(grace),
        oci_runtime=oci_runtime_of(spec, options),
    )
    containers = _containers(request, context, volumes)
    deadline = int(spec.get("activeDeadlineSeconds") or 0)
    containers = tuple(container.replace(spec=container.spec.replace(deadline_s=deadline)) for container in containers)
    credentials, warnings = pull_credentials(
        spec.get("imagePullSecrets") or (), sources, request.namespace, request.where
    )
    pod = _pod_spec(request, spec, options, network, context, volumes.own, templates)
    plan = PodPlan(
        name=request.name,
        spec=pod,
        containers=containers,
        files=tuple(volumes.files),
        host_paths=tuple(volumes.host_paths),
        claims=tuple(volumes.claims),
        images=volumes.images,
        claim_gid=-1 if gid is None else int(gid),
        credentials=credentials,
        warnings=tuple(warnings),
    )
    return _with_hash(plan, request)


def _containers(request: PodRequest, pod: PodContext, volumes: Volumes) -> tuple[ContainerPlan, ...]:
    plans = []
    for field, init in (("initContainers", True), ("containers", False)):
        for number, container in enumerate(pod.spec.get(field) or ()):
            where = f"{request.where}{field}[{number}]"
            plans.append(container_plan(container, pod, volumes, init=init, where=where))
    return tuple(plans)


def _with_hash(plan: PodPlan, request: PodRequest) -> PodPlan:
    """Return the plan with the hash of everything whose change needs a new pod: all but files, which are replaced in place."""
    spec = plan.spec
    text = format_json([spec.to_dict(), [container.to_dict() for container in plan.containers]], sort_keys=True)
    owner = PodOwner(
        kind=request.kind,
        namespace=request.namespace,
        name=request.owner_name,
        number=request.number,
        hash=blake2b(text.encode(), digest_size=16).hexdigest(),
    )
    return plan.replace(spec=spec.replace(owner=owner))


def _pod_spec(
    request: PodRequest,
    spec: Mapping[str, Any],
    options: PlayOptions,
    network: NetworkMode,
    context: PodContext,
    volumes: Sequence[PodVolume],
    containers: Sequence[Mapping[str, Any]],
) -> PodSpec:
    on_host = bool(spec.get("hostNetwork")) or network.kind == "host"
    hostname = str(spec.get("hostname") or request.hostname or request.object_name)[:63]
    subdomain = str(spec.get("subdomain") or request.subdomain)
    long_name = f"{hostname}.{subdomain}.{request.namespace}.{DOMAIN}" if subdomain else ""
    own_name = long_name if spec.get("setHostnameAsFQDN") and long_name else hostname
    messages = [PodVolume(name=message_volume(str(container["name"])), file="message") for container in containers]
    return PodSpec(
        name=request.name,
        hostname="" if on_host else str(spec.get("hostnameOverride") or "") or own_name,
        domainname=long_name.partition(".")[2] if own_name == hostname and not on_host else "",
        labels=context.labels,
        annotations=context.annotations.values,
        exit_policy="stop",
        pinned=True,
        share=_shared(spec),
        network=NetworkMode(kind="host")
        if on_host
        else _network(request, network, options, hostname, long_name, containers),
        ports=() if on_host else _ports(spec, options, context.annotations),
        port_names=port_names(spec),
        extra_hosts=_hosts(spec, request.name, no_hosts=bool(options.no_hosts)),
        **_dns(spec, request.namespace, on_host=on_host),
        no_hosts=options.no_hosts,
        no_hostname=options.no_hostname,
        pid_mode=NamespaceMode(kind="host") if spec.get("hostPID") else NamespaceMode(),
        ipc_mode=NamespaceMode(kind="host") if spec.get("hostIPC") else NamespaceMode(),
        user_mode=_user_mode(spec, context.annotations.get("userns", request.name), options),
        volumes=(*volumes, *messages),
        sysctls={
            str(sysctl["name"]): str(sysctl["value"])
            for sysctl in (spec.get("securityContext") or {}).get("sysctls") or ()
        },
        security=Security(label_options=label_options((spec.get("securityContext") or {}).get("seLinuxOptions"))),
        oci_runtime=context.oci_runtime,
        infra_name=context.annotations.get("infra.name") or "",
    )


def oci_runtime_of(spec: Mapping[str, Any], options: PlayOptions) -> str:
    """Return the OCI runtime of a pod: the handler of its RuntimeClass, or runtimeClassName itself if no document defines it."""
    name = str(spec.get("runtimeClassName") or "")
    return options.runtimes.get(name, name)


def _shared(spec: Mapping[str, Any]) -> tuple[str, ...]:
    shares_processes = spec.get("shareProcessNamespace") or spec.get("hostPID")
    return ("ipc", "net", "pid", "uts") if shares_processes else ("ipc", "net", "uts")


def _network(
    request: PodRequest,
    network: NetworkMode,
    options: PlayOptions,
    hostname: str,
    long_name: str,
    containers: Sequence[Mapping[str, Any]],
) -> NetworkMode:
    """Return the play's network with the DNS names of the pod, and the address of --ip and --mac-address for its position."""
    if network.kind != "bridge":
        return network
    long_names = (long_name,) if long_name else ()
    # the default host name has no namespace in front, so that pods of two namespaces may have the same: it is no DNS name
    own = (hostname,) if hostname != request.object_name else ()
    names = (request.name, *own, *long_names, *(str(container["name"]) for container in containers))
    first = True
    attachments = []
    for attachment in network.attachments:
        changes: dict[str, Any] = {"aliases": tuple(dict.fromkeys((*attachment.aliases, *names)))}
        if first:
            position = request.position
            ip = options.ips[position] if position < len(options.ips) else ""
            changes |= {"ipv6" if ":" in ip else "ipv4": ip} if ip else {}
            changes |= {"mac_address": options.macs[position]} if position < len(options.macs) else {}
            first = False
        attachments.append(NetworkAttachment(**{**attachment.__dict__, **changes}))
    return network.replace(attachments=tuple(attachments))


def _ports(spec: Mapping[str, Any], options: PlayOptions, annotations: Annotations) -> tuple[PortMapping, ...]:
    """Return the published ports: those with a hostPort, replaced by --publish for the same container port and protocol.

    All ports of a container with the annotation publish-all are published too, at a free port as with `run -P`.
    """
    published = {(port.container_port, port.protocol): port for port in options.publish}
    ports = []
    for container in running_containers(spec):
        publish_all = annotations.get("publish-all", str(container["name"]))
        for port in container.get("ports") or ():
            number, protocol = int(port["containerPort"]), str(port.get("protocol") or "TCP").lower()
            replacement = published.pop((number, protocol), None)
            host = int(port.get("hostPort") or (number if options.publish_all else 0))
            if replacement is not None:
                ports.append(replacement)
            elif host or publish_all:
                ports.append(
                    PortMapping(
                        container_port=number, host_port=host, host_ip=str(port.get("hostIP") or ""), protocol=protocol
                    )
                )
    return (*ports, *published.values())


def _hosts(spec: Mapping[str, Any], pod_name: str, *, no_hosts: bool) -> tuple[str, ...]:
    """Return hostAliases as entries of /etc/hosts. Raises InvalidInput where none is made."""
    if no_hosts and spec.get("hostAliases"):
        raise InvalidInput(
            f"pod {pod_name} has hostAliases, which are lines of /etc/hosts", subject="--no-hosts", hint="leave one out"
        )
    return tuple(
        f"{name}:{entry['ip']}" for entry in spec.get("hostAliases") or () for name in entry.get("hostnames") or ()
    )


def _dns(spec: Mapping[str, Any], namespace: str, *, on_host: bool) -> dict[str, Any]:
    """Return name servers, search domains and options by dnsPolicy and dnsConfig.

    The name server of the network answers every form of a Service's name, so Kubernetes' ndots:5 is not set: it would send each
    external name upstream four times.
    """
    policy = str(spec.get("dnsPolicy") or "ClusterFirst")
    config = spec.get("dnsConfig") or {}
    options = tuple(
        f"{option['name']}:{option['value']}" if option.get("value") not in (None, "") else str(option["name"])
        for option in config.get("options") or ()
    )
    search = tuple(str(domain) for domain in config.get("searches") or ())
    if policy in ("ClusterFirst", "ClusterFirstWithHostNet") and not (on_host and policy == "ClusterFirst"):
        search = (f"{namespace}.{DOMAIN}", DOMAIN, DOMAIN.partition(".")[2], *search)
    return {
        "dns": tuple(str(nameserver) for nameserver in config.get("nameservers") or ()),
        "dns_search": search if policy != "None" or search else (".",),
        "dns_options": options,
    }


def _user_mode(spec: Mapping[str, Any], annotated: NamespaceMode | None, options: PlayOptions) -> NamespaceMode:
    """Return the user namespace of a pod: --userns wins over the annotation, and that over hostUsers."""
    if options.user_mode is not None or annotated is not None:
        return options.user_mode or annotated or NamespaceMode()
    return NamespaceMode(kind="auto") if spec.get("hostUsers") is False else NamespaceMode()


def _uid(name: str) -> str:
    """Return the UUID of a pod, always the same for the same name (RFC 9562, 5.8: version 8)."""
    digest = bytearray(blake2b(name.encode(), digest_size=16, person=b"pycman pod").digest())
    digest[6], digest[8] = digest[6] & 0x0F | 0x80, digest[8] & 0x3F | 0x80
    text = digest.hex()
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))
