"""A ContainerSpec as a Kubernetes Container, a PodSpec as a v1 PodSpec: the reverse of `translate/containers.py` and `pod.py`. Pure.

Defaults of the image are omitted. Settings for which Kubernetes has no field are added to `not_expressible`, as clauses.
"""

from __future__ import annotations

import os

from kube_yaml.generate.dropped import dropped_of_container
from kube_yaml.quantity import format_bytes, format_cpu

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from pycman.spec.container import ContainerSpec
    from pycman.spec.health import HealthCheck
    from pycman.spec.mount import Mount
    from pycman.spec.pod import PodSpec

_RESTART = {"always": "Always", "unless-stopped": "Always", "on-failure": "OnFailure", "no": "Never"}
_DEFAULT_STOP_S = 10
_SET_BY_ENGINE = frozenset(("container", "HOSTNAME", "HOME", "TERM"))


def describe_container(
    name: str,
    spec: ContainerSpec,
    image: Mapping[str, Any],
    volumes: dict[str, dict[str, Any]],
    not_expressible: list[str],
) -> dict[str, Any]:
    """Return a container. Its volumes are added to `volumes`, by name. `image` is the `config` of its image (OCI image-spec)."""
    container: dict[str, Any] = {"name": name, "image": spec.image or spec.rootfs}
    if tuple(spec.entrypoint or ()) != tuple(image.get("Entrypoint") or ()):
        container["command"] = list(spec.entrypoint or ())
    if spec.command and tuple(spec.command) != tuple(image.get("Cmd") or ()):
        container["args"] = list(spec.command)
    if spec.workdir not in ("", "/", image.get("WorkingDir") or ""):
        container["workingDir"] = spec.workdir
    env = _env(spec, image)
    if env:
        container["env"] = env
    mounts = [_mount(mount, volumes, not_expressible) for mount in spec.mounts if not mount.from_image]
    mounts += [_secret_file(use, volumes) for use in spec.secrets]
    mounts = [mount for mount in mounts if mount]
    if mounts:
        container["volumeMounts"] = mounts
    objects = {
        "resources": _resources(spec),
        "securityContext": _security(spec, image),
        "livenessProbe": _probe(spec.health, image.get("Healthcheck")),
        "startupProbe": _probe(spec.startup_health, None),
    }
    container |= {key: value for key, value in objects.items() if value}
    if spec.stop_signal and spec.stop_signal not in ("SIGTERM", "TERM", "15", image.get("StopSignal")):
        signal = spec.stop_signal if spec.stop_signal.startswith("SIG") else f"SIG{spec.stop_signal}"
        container["lifecycle"] = {"stopSignal": signal}
    if spec.stdin:
        container["stdin"] = True
    if spec.terminal:
        container["tty"] = True
    if spec.init_kind == "sidecar":
        container["restartPolicy"] = "Always"
    not_expressible += dropped_of_container(spec, image)
    return container


def _env(spec: ContainerSpec, image: Mapping[str, Any]) -> list[dict[str, Any]]:
    known = dict(entry.partition("=")[::2] for entry in image.get("Env") or ())
    variables: list[dict[str, Any]] = [
        {"name": name, "value": value}
        for name, value in spec.env.items()
        if known.get(name) != value and name not in _SET_BY_ENGINE
    ]
    for use in spec.secret_env:
        reference = {"secretKeyRef": {"name": use.name, "key": use.name}}
        variables.append({"name": use.target or use.name, "valueFrom": reference})
    return variables


def _mount(mount: Mount, volumes: dict[str, dict[str, Any]], not_expressible: list[str]) -> dict[str, Any]:
    name, source = _volume(mount)
    if not name:
        not_expressible.append(f"a mount of type {mount.kind} at {mount.target}")
        return {}
    volume_mount: dict[str, Any] = {"name": _add_volume(volumes, name, source), "mountPath": mount.target}
    if mount.read_only:
        volume_mount["readOnly"] = True
    if mount.subpath:
        volume_mount["subPath"] = mount.subpath
    propagation = {"rslave": "HostToContainer", "rshared": "Bidirectional"}.get(mount.propagation)
    if propagation:
        volume_mount["mountPropagation"] = propagation
    return volume_mount


def _add_volume(volumes: dict[str, dict[str, Any]], name: str, source: Mapping[str, Any]) -> str:
    """Add a volume and return its name, with a number appended if another source has that name (as /a/b and /a-b do)."""
    free, number = name, 1
    while volumes.setdefault(free, {"name": free, **source}) != {"name": free, **source}:
        number += 1
        free = f"{name}-{number}"
    return free


def _volume(mount: Mount) -> tuple[str, dict[str, Any]]:
    """Return a volume's name and source; ("", {}) for a mount that no Kubernetes volume can express."""
    if mount.kind == "bind":
        kind = "Directory" if os.path.isdir(mount.source) else "File"
        return f"{_clean(mount.source)}-host", {"hostPath": {"path": mount.source, "type": kind}}
    if mount.kind == "volume":
        return f"{_clean(mount.source)}-pvc", {"persistentVolumeClaim": {"claimName": mount.source}}
    if mount.kind == "tmpfs":
        size = next((option.partition("=")[2] for option in mount.options if option.startswith("size=")), "")
        source: dict[str, Any] = {"medium": "Memory"}
        unit = {"k": "Ki", "m": "Mi", "g": "Gi"}.get(size[-1:].lower())
        if size and (unit or size.isdecimal()):  # sizeLimit has no percentages ("50%" of the memory)
            source["sizeLimit"] = size[:-1] + unit if unit else size
        return f"{_clean(mount.target)}-tmpfs", {"emptyDir": source}
    if mount.kind == "image":
        return f"{_clean(mount.source)}-image", {"image": {"reference": mount.source}}
    return "", {}


def _secret_file(use: Any, volumes: dict[str, dict[str, Any]]) -> dict[str, Any]:
    target = use.target or use.name
    path = target if target.startswith("/") else f"/run/secrets/{target}"
    name = f"{_clean(use.name)}-secret"
    item = {"key": use.name, "path": os.path.basename(path), "mode": use.mode}
    name = _add_volume(volumes, name, {"secret": {"secretName": use.name, "items": [item]}})
    return {"name": name, "mountPath": path, "subPath": os.path.basename(path), "readOnly": True}


def _clean(text: str) -> str:
    letters = "".join(letter if letter.isalnum() and letter.isascii() else "-" for letter in text.lower())
    return letters.strip("-")[:50] or "root"


def _resources(spec: ContainerSpec) -> dict[str, Any]:
    limits: dict[str, Any] = {}
    requests: dict[str, Any] = {}
    own = spec.resources
    if own.cpu_quota_us and own.cpu_quota_us > 0:
        limits["cpu"] = format_cpu(own.cpu_quota_us * 1000 // (own.cpu_period_us or 100_000))
    if own.memory_bytes and own.memory_bytes > 0:
        limits["memory"] = format_bytes(own.memory_bytes)
    if own.cpu_shares:
        requests["cpu"] = format_cpu(-(-own.cpu_shares * 1000 // 1024))
    if own.memory_reservation_bytes:
        requests["memory"] = format_bytes(own.memory_reservation_bytes)
    limits |= {
        f"hugepages-{size.replace('B', 'i')}": format_bytes(most) for size, most in own.huge_pages.items() if most
    }
    for device in spec.devices if not spec.security.privileged else ():
        parts = [device.host_path, device.container_path, device.permissions]
        if device.permissions == "rwm":
            parts = parts[:1] if device.host_path == device.container_path else parts[:2]
        limits[f"podman.io/device={':'.join(parts)}"] = 1
    return {key: value for key, value in (("limits", limits), ("requests", requests)) if value}


def _security(spec: ContainerSpec, image: Mapping[str, Any]) -> dict[str, Any]:
    security = spec.security
    context: dict[str, Any] = {}
    if security.privileged:
        context["privileged"] = True
    if security.no_new_privileges:
        context["allowPrivilegeEscalation"] = False
    if security.read_only:
        context["readOnlyRootFilesystem"] = True
    capabilities = {
        key: [name.upper().removeprefix("CAP_") for name in names]
        for key, names in (("add", security.cap_add), ("drop", security.cap_drop))
        if names
    }
    if capabilities:
        context["capabilities"] = capabilities
    user, _, group = spec.user.partition(":")
    if spec.user != str(image.get("User") or "") and user.isdecimal():
        context["runAsUser"] = int(user)
        if group.isdecimal():
            context["runAsGroup"] = int(group)
    if security.seccomp_profile == "unconfined":
        context["seccompProfile"] = {"type": "Unconfined"}
    if "ALL" in {path.upper() for path in security.unmask}:
        context["procMount"] = "Unmasked"
    labels = dict(option.partition(":")[::2] for option in security.label_options if ":" in option)
    if labels:
        context["seLinuxOptions"] = {
            key: labels[key] for key in ("user", "role", "type", "level", "filetype") if key in labels
        }
    return context


def _probe(check: HealthCheck | None, of_image: Any) -> dict[str, Any]:
    """Return a health check as a probe; {} for the image's own health check, which a new container gets from the image."""
    if (
        check is None
        or not check.test
        or check.test[0] == "NONE"
        or (of_image and list(check.test) == of_image.get("Test"))
    ):
        return {}
    kind, *arguments = check.test
    command = ["/bin/sh", "-c", *arguments] if kind == "CMD-SHELL" else arguments
    return {
        "exec": {"command": command},
        "initialDelaySeconds": check.start_period_ns // 10**9,
        "periodSeconds": max(1, check.interval_ns // 10**9),
        "timeoutSeconds": max(1, check.timeout_ns // 10**9),
        "failureThreshold": max(1, check.retries),
    }


def describe_annotations(
    pod: PodSpec, members: Sequence[tuple[str, ContainerSpec]], *, usual_pids: int
) -> dict[str, str]:
    """Return the annotations for settings without a field, by name without the common prefix (NAME or NAME/CONTAINER).

    `usual_pids` is the limit of processes that containers.conf gives to all, which is left out.
    """
    annotations = {}
    limits = {
        name: ",".join(f"{ulimit.name}={ulimit.soft}:{ulimit.hard}" for ulimit in spec.ulimits)
        for name, spec in members
    }
    if any(limits.values()):
        same = len(set(limits.values())) == 1
        annotations = (
            {"ulimit": limits[members[0][0]]} if same else {f"ulimit/{name}": text for name, text in limits.items()}
        )
    for name, spec in members:
        own = spec.resources
        for key, value in (
            ("pids-limit", own.pids_limit if own.pids_limit != usual_pids else None), ("cpuset", own.cpuset_cpus), ("memory-nodes", own.cpuset_mems),
            ("init", spec.init), ("autoremove", spec.auto_remove and not spec.init_kind),
        ):  # fmt: skip
            if value:
                annotations[f"{key}/{name}"] = str(value).lower()
    if pod.user_mode.kind in ("keep-id", "nomap"):
        annotations["userns"] = ":".join(filter(None, (pod.user_mode.kind, pod.user_mode.value)))
    if pod.infra_name:
        annotations["infra.name"] = pod.infra_name
    kinds = {spec.init_kind for _, spec in members} & {"once", "always"}
    if kinds == {"once"}:
        annotations["init.container.type"] = "once"
    return {key: value for key, value in annotations.items() if value}


def describe_pod_spec(
    name: str, pod: PodSpec, members: Sequence[ContainerSpec], not_expressible: list[str]
) -> dict[str, Any]:
    """Return the fields of a v1 PodSpec except its containers and volumes. `name` is the pod's, the default of its hostname."""
    fields: dict[str, Any] = {}
    if pod.hostname and pod.hostname != name:
        fields["hostname"] = pod.hostname
    policies = {_RESTART[member.restart.name] for member in members if not member.init_kind}
    if len(policies) == 1 and policies != {"Always"}:
        (fields["restartPolicy"],) = policies
    elif len(policies) > 1:
        not_expressible.append("different restart policies of its containers")
    stops = [member.stop_timeout_s for member in members if member.stop_timeout_s is not None]
    if stops and max(stops) != _DEFAULT_STOP_S:
        fields["terminationGracePeriodSeconds"] = max(stops)
    if pod.network.kind == "host":
        fields["hostNetwork"] = True
    elif [attachment.name for attachment in pod.network.attachments] not in (
        [],
        ["podman"],
        ["bridge"],
        ["pycman-kube"],
    ):
        not_expressible.append(
            f"networks {', '.join(attachment.name for attachment in pod.network.attachments)} (kube play --network)"
        )
    if pod.pid_mode.kind == "host":
        fields["hostPID"] = True
    if pod.ipc_mode.kind == "host":
        fields["hostIPC"] = True
    if "pid" in pod.share:
        fields["shareProcessNamespace"] = True
    if pod.user_mode.kind == "auto":
        fields["hostUsers"] = False
    config: dict[str, Any] = {}
    if pod.dns:
        config["nameservers"] = list(pod.dns)
    if pod.dns_search:
        config["searches"] = list(pod.dns_search)
    if pod.dns_options:
        config["options"] = [
            {"name": key, "value": value} if value else {"name": key}
            for key, _, value in (option.partition(":") for option in pod.dns_options)
        ]
    if config:
        fields["dnsConfig"] = config
    aliases: dict[str, list[str]] = {}
    for entry in pod.extra_hosts:
        host, _, address = entry.partition(":")
        if address != "host-gateway":
            aliases.setdefault(address, []).append(host)
    if aliases:
        fields["hostAliases"] = [{"ip": address, "hostnames": hosts} for address, hosts in aliases.items()]
    if pod.sysctls:
        fields["securityContext"] = {"sysctls": [{"name": key, "value": value} for key, value in pod.sysctls.items()]}
    return fields
