"""A container of a pod template into a ContainerPlan (v1 Container). Pure."""

from __future__ import annotations

from kube_yaml.quantity import cpu_millis, page_size, whole_bytes
from kube_yaml.translate.env import Environment
from kube_yaml.translate.plans import ContainerPlan
from kube_yaml.translate.probes import handler_of, probe_of
from kube_yaml.translate.pull_policy import pull_policy
from kube_yaml.translate.security import identity_of, security_of
from pycman.errors import InvalidInput, PycmanError
from pycman.linux.processes import find_init
from pycman.record import Record
from pycman.spec.container import ContainerSpec
from pycman.spec.health import ExitRule, RestartPolicy
from pycman.spec.mount import Device, Mount
from pycman.spec.resources import Resources

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from kube_yaml.translate.annotations import Annotations
    from kube_yaml.translate.env import FieldValues
    from kube_yaml.translate.play_options import PlayOptions
    from kube_yaml.translate.sources import Sources
    from kube_yaml.translate.volumes import Volumes

_PERIOD_US = 100_000
_RESTART = {"Always": "always", "OnFailure": "on-failure", "Never": "no"}
_DEVICE = ("podman.io/device=", "pycman.io/device=")
_MESSAGE_PATH = "/dev/termination-log"


class PodContext(Record):
    """What a container takes from its pod."""

    pod_name: str
    pod: dict[str, Any]
    """The pod's spec, as written."""
    labels: dict[str, str]
    annotations: dict[str, str]
    notes: Annotations
    """The same, for what they ask for."""
    sources: Sources
    fields: FieldValues
    options: PlayOptions
    service_env: dict[str, str] = {}
    grace_s: int = 30
    oci_runtime: str = ""


def container_plan(
    container: Mapping[str, Any], around: PodContext, volumes: Volumes, *, init: bool, where: str
) -> ContainerPlan:
    """Return the plan of a container. What is wrong with it raises the error it is, with `where` in front."""
    try:
        return _plan(container, around, volumes, init=init, where=where)
    except PycmanError as error:
        subject = f"{where}: {error.subject}" if error.subject else where
        raise type(error)(error.problem, subject=subject, hint=error.hint) from error


def _plan(
    container: Mapping[str, Any], around: PodContext, volumes: Volumes, *, init: bool, where: str
) -> ContainerPlan:
    own = container.get("securityContext") or {}
    shared = around.pod.get("securityContext") or {}
    every = [*(around.pod.get("initContainers") or ()), *(around.pod.get("containers") or ())]
    env = Environment(around.sources, around.fields, {str(each["name"]): each for each in every}, around.service_env)
    env.read(container)
    identity = identity_of(shared, own)
    name = str(container["name"])
    command = tuple(env.expand(str(word)) for word in container.get("command") or ())
    arguments = tuple(env.expand(str(word)) for word in container.get("args") or ())
    mounts = [volumes.mount(wish, env.expand) for wish in container.get("volumeMounts") or ()]
    sidecar = init and container.get("restartPolicy") == "Always"
    lifecycle = container.get("lifecycle") or {}
    resources, devices = _resources(container.get("resources") or {})
    spec = ContainerSpec(
        name=_full_name(name, around),
        image=str(container["image"]),
        entrypoint=command or None,
        command=arguments,
        env=env.values,
        pod_fields=env.at_start,
        http_proxy=False,
        env_host=False,
        init=False,
        labels=around.labels,
        annotations=around.annotations,
        user=identity.user,
        group_add=identity.groups,
        groups_policy=str(shared.get("supplementalGroupsPolicy") or "Merge"),
        workdir=str(container.get("workingDir") or ""),
        terminal=bool(container.get("tty")),
        stdin=bool(container.get("stdin")),
        stdin_once=bool(container.get("stdinOnce")),
        stop_signal=str(lifecycle.get("stopSignal") or ""),
        stop_timeout_s=around.grace_s,
        mounts=(*mounts, _message_mount(name, container)),
        message_path=_message_path(container),
        message_from_log=container.get("terminationMessagePolicy") == "FallbackToLogsOnError",
        devices=devices,
        resources=resources,
        security=security_of(
            {**around.notes.confinement(name), **{key: each for key, each in shared.items() if each is not None}},
            own,
            profile_root=around.options.seccomp_profile_root,
            labels=around.notes.get("label", name) or (),
        ),
        startup_probe=probe_of(container, "startupProbe"),
        readiness_probe=probe_of(container, "readinessProbe"),
        liveness_probe=probe_of(container, "livenessProbe"),
        post_start=handler_of(lifecycle.get("postStart"), container),
        pre_stop=handler_of(lifecycle.get("preStop"), container),
        restart=_restart(container, around, init=init, sidecar=sidecar),
        init_kind="sidecar" if sidecar else "always" if init else "",
        pull=pull_policy(str(container["image"]), container.get("imagePullPolicy")),
        log=around.options.log,
        expose=tuple(
            f"{port['containerPort']}/{str(port.get('protocol') or 'TCP').lower()}"
            for port in container.get("ports") or ()
        ),
        oci_runtime=around.oci_runtime,
    )
    return ContainerPlan(
        name=name,
        spec=_annotated(spec, name, around, [str(each["name"]) for each in every]),
        gid_alone=identity.gid_alone,
        non_root=identity.non_root,
        image_volumes=around.notes.get("kube.image.volumes.mount", name) or (),
        where=where,
    )


def _full_name(name: str, around: PodContext) -> str:
    return name if around.options.no_pod_prefix else f"{around.pod_name}-{name}"


def _annotated(spec: ContainerSpec, name: str, around: PodContext, names: Sequence[str]) -> ContainerSpec:
    """Return a container's spec with what annotations ask for; `names` are those of all containers of the pod."""
    notes = around.notes
    limits = {"pids_limit": "pids-limit", "cpuset_cpus": "cpuset", "cpuset_mems": "memory-nodes"}
    asked = {field: value for field, each in limits.items() if (value := notes.get(each, name)) is not None}
    changes: dict[str, Any] = {
        "resources": spec.resources.replace(**asked) if asked else spec.resources,
        "ulimits": notes.get("ulimit", name) or (),
        "labels": {**spec.labels, **notes.labels(name)},
        "auto_remove": bool(notes.get("autoremove", name)) and not spec.init_kind,
    }
    if notes.get("init", name):
        changes |= {"init": True, "init_path": find_init()}
        if not changes["init_path"]:
            raise InvalidInput("no init program", subject="annotation init", hint="install catatonit")
    sources = [each.partition(":") for each in notes.get("volumes-from", name) or ()]
    changes["volumes_from"] = tuple(
        f"{_full_name(source, around) if source in names else source}{colon}{words}" for source, colon, words in sources
    )
    if spec.init_kind == "always":
        changes["init_kind"] = notes.get("init.container.type") or spec.init_kind
    relabel = notes.get("bind-mount-options")
    if relabel:
        changes["mounts"] = tuple(_relabelled(mount, *relabel) for mount in spec.mounts)
    return spec.replace(**changes)


def _relabelled(mount: Mount, path: str, word: str) -> Mount:
    ours = mount.kind == "bind" and mount.source == path and not {"z", "Z"} & set(mount.options)
    return mount.replace(options=(*mount.options, word)) if ours else mount


def message_volume(name: str) -> str:
    """Return the name of the pod's volume that holds a container's termination message."""
    return f"..message-{name}"


def _message_mount(name: str, container: Mapping[str, Any]) -> Mount:
    return Mount(kind="pod", source=message_volume(name), target=_message_path(container), subpath="message")


def _message_path(container: Mapping[str, Any]) -> str:
    return str(container.get("terminationMessagePath") or _MESSAGE_PATH)


def _restart(container: Mapping[str, Any], around: PodContext, *, init: bool, sidecar: bool) -> RestartPolicy:
    """Return Kubernetes' restart policy; an init container is started again by none (the pod's start fails)."""
    if init and not sidecar:
        return RestartPolicy(name="no")
    word = str(container.get("restartPolicy") or around.pod.get("restartPolicy") or "Always")
    name = _RESTART[word]
    rules = tuple(
        ExitRule(
            statuses=tuple(int(value) for value in rule["exitCodes"].get("values") or ()),
            outside=rule["exitCodes"]["operator"] == "NotIn",
        )
        for rule in container.get("restartPolicyRules") or ()
    )
    return RestartPolicy(name=name, kubernetes=name != "no" or bool(rules), rules=rules)


def _resources(resources: Mapping[str, Any]) -> tuple[Resources, tuple[Device, ...]]:
    limits = dict(resources.get("limits") or {})
    requests = {**limits, **(resources.get("requests") or {})}
    devices = []
    for name in list(limits):
        for prefix in _DEVICE:
            if name.startswith(prefix):
                host, _, rest = name[len(prefix) :].partition(":")
                inside, _, permissions = rest.partition(":")
                devices.append(Device(host_path=host, container_path=inside or host, permissions=permissions or "rwm"))
                limits.pop(name)
    quota = cpu_millis(str(limits["cpu"])) * _PERIOD_US // 1000 if limits.get("cpu") is not None else None
    shares = cpu_millis(str(requests["cpu"])) * 1024 // 1000 if requests.get("cpu") is not None else None
    explicit = (resources.get("requests") or {}).get("memory")
    return Resources(
        memory_bytes=whole_bytes(str(limits["memory"])) if limits.get("memory") is not None else None,
        memory_swap_bytes=whole_bytes(str(limits["memory"])) if limits.get("memory") is not None else None,
        memory_reservation_bytes=whole_bytes(str(explicit)) if explicit is not None else None,
        cpu_quota_us=max(1000, quota) if quota is not None else None,
        cpu_period_us=_PERIOD_US if quota is not None else None,
        cpu_shares=max(2, shares) if shares is not None else None,
        huge_pages={
            page_size(name)[0]: whole_bytes(str(limit))
            for name, limit in limits.items()
            if name.startswith("hugepages-")
        },
    ), tuple(devices)
