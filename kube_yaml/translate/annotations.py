"""Annotations for what Kubernetes has no field for (podman-kube-play(1), "Supported annotations"). Pure.

    io.podman.annotations.pids-limit: "50"        all containers of the pod
    io.podman.annotations.pids-limit/web: "80"    the container web; wins over the line above
    io.pycman.annotations.pids-limit/web: "90"    the same annotation with our prefix; wins over podman's

A field of the YAML wins over an annotation for the same thing. READERS has every annotation that has an effect, by its name without
prefix; the others are warned about.
"""

from __future__ import annotations

from pycman.errors import InvalidInput
from pycman.spec.annotations import steers_runtime
from pycman.spec.container import NamespaceMode
from pycman.spec.resources import Ulimit, parse_ulimit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any

PODMAN_PREFIX, PYCMAN_PREFIX = "io.podman.annotations.", "io.pycman.annotations."
_SECCOMP_OF_POD = "seccomp.security.alpha.kubernetes.io/pod"
_OTHER_PREFIXES = {
    "container.seccomp.security.alpha.kubernetes.io": "seccomp",
    "container.apparmor.security.beta.kubernetes.io": "apparmor",
    "bind-mount-options": "bind-mount-options",
    "io.containers.autoupdate": "autoupdate",
    "io.containers.autoupdate.authfile": "autoupdate.authfile",
    "io.containers.sdnotify": "sdnotify",
}
"""Annotations without the common prefix, by the name they have in READERS."""
_CLAIM_PREFIX = "volume.podman.io/"
DISPLAYED_ONLY = ("cid-file", "privileged", "kube.health.check")
_USER_MODES = ("host", "private", "auto", "keep-id", "nomap")


class Annotations:
    """A pod's annotations. `values` has them as written, `get` the parsed value of one."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self.values = values
        self._keys = {_split_key(key): key for key in sorted(values, key=lambda key: key.startswith(PYCMAN_PREFIX))}

    def get(self, name: str, target: str = "") -> Any:
        """Return the parsed value of annotation `name` for container `target`, else for the pod; None if there is none. Raises InvalidInput."""
        key = self._keys.get((name, target)) or self._keys.get((name, ""))
        return _read(name, key, self.values[key]) if key else None

    def labels(self, target: str) -> dict[str, str]:
        """Return the annotations that become labels of a container, by which `auto-update` finds what to update."""
        names = {"io.containers.autoupdate": "autoupdate", "io.containers.autoupdate.authfile": "autoupdate.authfile"}
        return {label: value for label, name in names.items() if (value := self.get(name, target))}

    def confinement(self, target: str) -> dict[str, Any]:
        """Return the seccomp and AppArmor profiles in the form of a v1 SecurityContext."""
        fields = {"seccompProfile": "seccomp", "appArmorProfile": "apparmor"}
        return {field: value for field, name in fields.items() if (value := self.get(name, target))}


def annotation_problems(values: Mapping[str, Any], spec: Mapping[str, Any], kind: str) -> Iterator[tuple[str, str]]:
    """Yield key and problem of each annotation that is not valid for the pods of a `kind` with this PodSpec."""
    containers = [*(spec.get("initContainers") or ()), *(spec.get("containers") or ())]
    names = [str(container.get("name")) for container in containers]
    for key, value in values.items():
        name, target = _split_key(key)
        try:
            parsed = _read(name, key, str(value)) if name in READERS else None
        except InvalidInput as error:
            yield key, error.problem + (f" ({error.hint})" if error.hint else "")
            continue
        if parsed is None or name in POD_ANNOTATIONS:
            continue
        if target and target not in names:
            yield key, f"the pod has no container {target}"
        elif name == "volumes-from":
            if not target:
                yield key, "it needs a container (write KEY/CONTAINER)"
            for source in (entry.partition(":")[0] for entry in parsed):
                if target and source in names and names.index(source) >= names.index(target):
                    yield key, f"{source} does not come before {target}"
        elif name == "autoremove" and parsed:
            yield from ((key, problem) for problem in _autoremove_problems(spec, kind, target))


def _autoremove_problems(spec: Mapping[str, Any], kind: str, target: str) -> Iterator[str]:
    """Yield why container `target` (or all, if "") cannot be removed when it exits."""
    if kind in ("Job", "CronJob"):
        yield "not possible in a Job, which needs the exit status of its containers"
    if target in (init_container.get("name") for init_container in spec.get("initContainers") or ()):
        yield "not possible for an init container: use init.container.type: once"
    for container in spec.get("containers") or ():
        is_final = (container.get("restartPolicy") or spec.get("restartPolicy")) == "Never" and not container.get(
            "restartPolicyRules"
        )
        if target in ("", container.get("name")) and not is_final:
            yield f"{container.get('name')} is restarted when it exits (it needs restartPolicy: Never)"


def claim_problems(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield key and problem of each annotation of a PersistentVolumeClaim that is not supported."""
    if values.get(f"{_CLAIM_PREFIX}driver") not in (None, "", "local"):
        yield f"{_CLAIM_PREFIX}driver", "not supported: the only driver is local"
    if values.get(f"{_CLAIM_PREFIX}image"):
        yield f"{_CLAIM_PREFIX}image", "not supported: use a volume with image.reference in the pod"


def annotation_notes(values: Mapping[str, Any]) -> Iterator[str]:
    """Yield warnings about annotations that have no effect."""
    for key, value in values.items():
        name, _ = _split_key(key)
        if steers_runtime(key):
            yield f"the annotation {key} is only stored: it would steer the OCI runtime"
        elif name in ("cid-file", "privileged") and str(value).lower() not in ("", "false"):
            hint = ": use securityContext.privileged" if name == "privileged" else ""
            yield f"the annotation {key} has no effect, it is only shown by inspect{hint}"
        elif name == "sdnotify" and value != "ignore":
            yield f"the annotation {key} has no effect (systemd is not notified)"
        elif name and name not in READERS and name not in DISPLAYED_ONLY:
            yield f"the annotation {key} has no effect (unknown annotation)"


def full_name(name: str) -> str:
    """Return the key of an annotation in podman's form."""
    return next(
        (key for key, other in _OTHER_PREFIXES.items() if other == name and ".kubernetes.io" not in key),
        PODMAN_PREFIX + name,
    )


def _split_key(key: str) -> tuple[str, str]:
    """Return an annotation's name in READERS or DISPLAYED_ONLY and the container it is for; ("", …) for an unrelated annotation."""
    if key == _SECCOMP_OF_POD:
        return "seccomp", ""
    name, _, target = key.partition("/")
    for prefix in (PODMAN_PREFIX, PYCMAN_PREFIX):
        if name.startswith(prefix):
            name = name.removeprefix(prefix)
            return ("kube.image.volumes.mount" if name == "kube.image.automount" else name), target
    return _OTHER_PREFIXES.get(name, ""), target


def _read(name: str, key: str, text: str) -> Any:
    try:
        return READERS[name](text.strip()) if text.strip() else None
    except InvalidInput as error:
        raise InvalidInput(error.problem, subject=f"annotation {key}", hint=error.hint) from error


def _string(text: str) -> str:
    return text


def _list(text: str) -> tuple[str, ...]:
    return tuple(item.strip() for item in text.split(";") if item.strip())


def _choice(*choices: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in choices:
            raise InvalidInput(f"{text!r} is none of {', '.join(choices)}")
        return text

    return read


def _boolean(text: str) -> bool:
    if text.lower() not in ("1", "t", "true", "0", "f", "false"):
        raise InvalidInput(f"{text!r} is neither true nor false")
    return text.lower() in ("1", "t", "true")


def _integer(text: str) -> int:
    if not text.removeprefix("-").isdecimal():
        raise InvalidInput(f"{text!r} is not a number")
    return int(text)


def _cpus(text: str) -> str:
    if not set(text) <= set("0123456789,-"):
        raise InvalidInput(f"{text!r} is not a list of numbers", hint="such as 0-3,5")
    return text


def _ulimits(text: str) -> tuple[Ulimit, ...]:
    return tuple(parse_ulimit(item.strip()) for item in text.split(",") if item.strip())


def _user_mode(text: str) -> NamespaceMode:
    kind, _, value = text.partition(":")
    if kind not in _USER_MODES:
        raise InvalidInput(f"{kind!r} is none of {', '.join(_USER_MODES)}")
    return NamespaceMode(kind="auto" if kind == "private" else kind, value=value)


def _seccomp(text: str) -> dict[str, str]:
    if text.startswith("/") or ".." in text.split("/"):
        raise InvalidInput("a profile must lie below --seccomp-profile-root", hint="write localhost/NAME")
    return _profile(text)


def _profile(text: str) -> dict[str, str]:
    """Return a profile in the form of v1 SeccompProfile and AppArmorProfile."""
    if text in ("runtime/default", "docker/default", "default"):
        return {"type": "RuntimeDefault"}
    if text == "unconfined":
        return {"type": "Unconfined"}
    return {"type": "Localhost", "localhostProfile": text.removeprefix("localhost/")}


def _relabel(text: str) -> tuple[str, str]:
    path, colon, option = text.rpartition(":")
    if not colon or option not in ("z", "Z"):
        raise InvalidInput(f"{text!r} is not a path with z or Z", hint="write /PATH:z")
    return path, option


POD_ANNOTATIONS = ("userns", "infra.name", "init.container.type", "bind-mount-options")
"""Annotations that apply to the whole pod only."""
READERS: dict[str, Callable[[str], Any]] = {
    "userns": _user_mode,
    "infra.name": _string,
    "init.container.type": _choice("once", "always"),
    "ulimit": _ulimits,
    "bind-mount-options": _relabel,
    "volumes-from": _list,
    "kube.image.volumes.mount": _list,
    "pids-limit": _integer,
    "cpuset": _cpus,
    "memory-nodes": _cpus,
    "label": _list,
    "seccomp": _seccomp,
    "apparmor": _profile,
    "autoremove": _boolean,
    "init": _boolean,
    "publish-all": _boolean,
    "autoupdate": _choice("registry", "image", "local", "disabled"),
    "autoupdate.authfile": _string,
    "sdnotify": _choice("ignore", "conmon", "container", "healthy"),
}
