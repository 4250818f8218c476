"""A container of a pod template into a ContainerPlan: its ContainerSpec, without what only the image says (v1 Container). Pure."""

from __future__ import annotations

from kube_yaml.quantity import cpu_millis, page_size, parse_quantity, whole_bytes
from kube_yaml.translate.env import Environment
from kube_yaml.translate.plans import ContainerPlan
from kube_yaml.translate.probes import handler_of, probe_of
from kube_yaml.translate.pull_policy import pull_policy
from kube_yaml.translate.security import run_as_of, security_of
from pycman.errors import InvalidInput, PycmanError
from pycman.linux.processes import find_init, how_to_install
from pycman.record import Record
from pycman.spec.container import ContainerSpec
from pycman.spec.health import ExitRule, RestartPolicy
from pycman.spec.mount import Device, Mount
from pycman.spec.resources import Resources

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from kube_yaml.translate.annotations import Annotations
    from kube_yaml.translate.env import FieldValues
    from kube_yaml.translate.play_options import PlayOptions
    from kube_yaml.translate.sources import Sources
    from kube_yaml.translate.volumes import Volumes

_CPU_PERIOD_US = 100_000
_MOST_QUOTA_US = (1 << 44) - 1
"""The largest quota that the kernel takes (kernel/sched, max_bw)."""
_MOST_SHARES = 262144
"""The kernel's largest weight, which a kubelet gives to larger requests."""
_RESTART = {"Always": "always", "OnFailure": "on-failure", "Never": "no"}
_DEVICE_PREFIXES = ("podman.io/device=", "pycman.io/device=")
_MESSAGE_PATH = "/dev/termination-log"


class PodContext(Record):
    """What the containers of a pod need to know of it."""

    name: str
    """The name of the pod in the engine."""
    spec: dict[str, Any]
    """The PodSpec, as written."""
    containers: Mapping[str, Mapping[str, Any]]
    """Its containers by name, the init containers too."""
    labels: dict[str, str]
    annotations: Annotations
    sources: Sources
    fields: FieldValues
    options: PlayOptions
    service_env: dict[str, str] = {}
    grace_s: int = 30
    oci_runtime: str = ""


def container_plan(
    container: Mapping[str, Any], pod: PodContext, volumes: Volumes, *, init: bool, where: str
) -> ContainerPlan:
    """Return the plan of a container. `init`: it is one of initContainers. `where` is its place: file, line and path.

    Raises NotFound, InvalidInput, Unsupported, with `where` in front of the subject.
    """
    try:
        return _plan(container, pod, volumes, init=init, where=where)
    except PycmanError as error:
        subject = f"{where}: {error.subject}" if error.subject else where
        raise type(error)(error.problem, subject=subject, hint=error.hint) from error


def _plan(container: Mapping[str, Any], pod: PodContext, volumes: Volumes, *, init: bool, where: str) -> ContainerPlan:
    own = container.get("securityContext") or {}
    shared = pod.spec.get("securityContext") or {}
    env = Environment(pod.sources, pod.fields, pod.containers, pod.service_env)
    env.read(container)
    run_as = run_as_of(shared, own)
    name = str(container["name"])
    command = tuple(env.expand(str(argument)) for argument in container.get("command") or ())
    arguments = tuple(env.expand(str(argument)) for argument in container.get("args") or ())
    mounts = [volumes.mount(volume_mount, env.expand) for volume_mount in container.get("volumeMounts") or ()]
    sidecar = init and container.get("restartPolicy") == "Always"
    resources, devices = _resources(container.get("resources") or {})
    spec = ContainerSpec(
        name=_full_name(name, pod),
        image=str(container["image"]),
        sdnotify="ignore",  # the play tells, not its containers
        entrypoint=command or None,
        command=arguments,
        env=env.values,
        pod_fields=env.at_start,
        http_proxy=False,
        env_host=False,
        init=False,
        labels=pod.labels,
        annotations=pod.annotations.values,
        user=run_as.user,
        group_add=run_as.groups,
        groups_policy=str(shared.get("supplementalGroupsPolicy") or "Merge"),
        workdir=str(container.get("workingDir") or ""),
        terminal=bool(container.get("tty")),
        stdin=bool(container.get("stdin")),
        stdin_once=bool(container.get("stdinOnce")),
        stop_timeout_s=pod.grace_s,
        mounts=(*mounts, _message_mount(name, container)),
        message_path=_message_path(container),
        message_from_log=container.get("terminationMessagePolicy") == "FallbackToLogsOnError",
        devices=devices,
        resources=resources,
        security=security_of(
            {**pod.annotations.confinement(name), **{key: value for key, value in shared.items() if value is not None}},
            own,
            profile_root=pod.options.seccomp_profile_root,
            labels=pod.annotations.get("label", name) or (),
            tmpfs=pod.options.tmpfs,
        ),
        **_lifecycle(container),
        restart=_restart(container, pod, init=init, sidecar=sidecar),
        init_kind="sidecar" if sidecar else "always" if init else "",
        pull=pull_policy(str(container["image"]), container.get("imagePullPolicy")),
        log=pod.options.log,
        expose=tuple(
            f"{port['containerPort']}/{str(port.get('protocol') or 'TCP').lower()}"
            for port in container.get("ports") or ()
        ),
        oci_runtime=pod.oci_runtime,
    )
    return ContainerPlan(
        name=name,
        spec=_with_annotations(spec, name, pod),
        gid_alone=run_as.gid_alone,
        non_root=run_as.non_root,
        image_volumes=pod.annotations.get("kube.image.volumes.mount", name) or (),
        where=where,
        warnings=tuple(env.warnings),
    )


def _lifecycle(container: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a ContainerSpec for probes, hooks and the stop signal. Raises NotFound (a port by name)."""
    lifecycle = container.get("lifecycle") or {}
    return {
        "startup_probe": probe_of(container, "startupProbe"),
        "readiness_probe": probe_of(container, "readinessProbe"),
        "liveness_probe": probe_of(container, "livenessProbe"),
        "post_start": handler_of(lifecycle.get("postStart"), container),
        "pre_stop": handler_of(lifecycle.get("preStop"), container),
        "stop_signal": str(lifecycle.get("stopSignal") or ""),
    }


def _full_name(name: str, pod: PodContext) -> str:
    return name if pod.options.no_pod_prefix else f"{pod.name}-{name}"


def _with_annotations(spec: ContainerSpec, name: str, pod: PodContext) -> ContainerSpec:
    """Return a container's spec changed by the pod's annotations.

    Raises InvalidInput (no init program on this host).
    """
    annotations = pod.annotations
    limits = {"pids_limit": "pids-limit", "cpuset_cpus": "cpuset", "cpuset_mems": "memory-nodes"}
    changed = {field: value for field, key in limits.items() if (value := annotations.get(key, name)) is not None}
    changes: dict[str, Any] = {
        "resources": spec.resources.replace(**changed) if changed else spec.resources,
        "ulimits": annotations.get("ulimit", name) or (),
        "labels": {**spec.labels, **annotations.labels(name)},
        "auto_remove": bool(annotations.get("autoremove", name)) and not spec.init_kind,
    }
    if annotations.get("init", name):
        changes |= {"init": True, "init_path": find_init()}
        if not changes["init_path"]:
            raise InvalidInput(
                "there is no init program on this host", subject="annotation init", hint=how_to_install("catatonit")
            )
    sources = [entry.partition(":") for entry in annotations.get("volumes-from", name) or ()]
    changes["volumes_from"] = tuple(
        f"{_full_name(source, pod) if source in pod.containers else source}{colon}{options}"
        for source, colon, options in sources
    )
    if spec.init_kind == "always":
        changes["init_kind"] = annotations.get("init.container.type") or spec.init_kind
    relabel = annotations.get("bind-mount-options")
    if relabel:
        changes["mounts"] = tuple(_relabelled(mount, *relabel) for mount in spec.mounts)
    return spec.replace(**changes)


def _relabelled(mount: Mount, path: str, option: str) -> Mount:
    applies = mount.kind == "bind" and mount.source == path and not {"z", "Z"} & set(mount.options)
    return mount.replace(options=(*mount.options, option)) if applies else mount


def message_volume(name: str) -> str:
    """Return the name of the pod's volume with the termination message of a container. ".." keeps it apart from the pod's own."""
    return f"..message-{name}"


def _message_mount(name: str, container: Mapping[str, Any]) -> Mount:
    return Mount(kind="pod", source=message_volume(name), target=_message_path(container), subpath="message")


def _message_path(container: Mapping[str, Any]) -> str:
    return str(container.get("terminationMessagePath") or _MESSAGE_PATH)


def _restart(container: Mapping[str, Any], pod: PodContext, *, init: bool, sidecar: bool) -> RestartPolicy:
    """Return the restart policy of a container. Init containers are restarted until they succeed, unless the pod's policy is Never."""
    if init and not sidecar:
        never = pod.spec.get("restartPolicy") == "Never"
        return RestartPolicy(name="no") if never else RestartPolicy(name="on-failure", kubernetes=True)
    name = _RESTART[str(container.get("restartPolicy") or pod.spec.get("restartPolicy") or "Always")]
    rules = tuple(
        ExitRule(
            statuses=tuple(int(value) for value in rule["exitCodes"].get("values") or ()),
            outside=rule["exitCodes"]["operator"] == "NotIn",
        )
        for rule in container.get("restartPolicyRules") or ()
    )
    return RestartPolicy(name=name, kubernetes=name != "no" or bool(rules), rules=rules)


def _resources(resources: Mapping[str, Any]) -> tuple[Resources, tuple[Device, ...]]:
    """Return the cgroup limits of v1 ResourceRequirements, and the devices that are asked for as podman.io/device=PATH."""
    limits = dict(resources.get("limits") or {})
    requests = {**limits, **(resources.get("requests") or {})}
    devices = []
    for name in list(limits):
        for prefix in _DEVICE_PREFIXES:
            if name.startswith(prefix):
                host, _, rest = name[len(prefix) :].partition(":")
                inside, _, permissions = rest.partition(":")
                devices.append(Device(host_path=host, container_path=inside or host, permissions=permissions or "rwm"))
                limits.pop(name)
    limits = {name: limit for name, limit in limits.items() if parse_quantity(str(limit))}  # a limit of 0 is none
    quota = cpu_millis(str(limits["cpu"])) * _CPU_PERIOD_US // 1000 if limits.get("cpu") is not None else None
    shares = cpu_millis(str(requests["cpu"])) * 1024 // 1000 if requests.get("cpu") is not None else None
    if quota is not None and quota > _MOST_QUOTA_US:
        quota = None  # no host has so many
    reservation = (resources.get("requests") or {}).get("memory")
    return Resources(
        memory_bytes=whole_bytes(str(limits["memory"])) if limits.get("memory") is not None else None,
        memory_swap_bytes=whole_bytes(str(limits["memory"])) if limits.get("memory") is not None else None,
        memory_reservation_bytes=whole_bytes(str(reservation)) if reservation is not None else None,
        cpu_quota_us=max(1000, quota) if quota is not None else None,
        cpu_period_us=_CPU_PERIOD_US if quota is not None else None,
        cpu_shares=min(max(2, shares), _MOST_SHARES) if shares is not None else None,
        huge_pages={
            page_size(name)[0]: whole_bytes(str(limit))
            for name, limit in limits.items()
            if name.startswith("hugepages-")
        },
    ), tuple(devices)
