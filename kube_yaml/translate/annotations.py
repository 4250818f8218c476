"""Annotations that ask for what Kubernetes has no field for (podman-kube-play, "Supported annotations"). Pure.

KEY is for the whole pod or all its containers, KEY/CONTAINER for one, which wins. Those of `io.podman.annotations.` may be written
`io.pycman.annotations.` too, which wins over podman's. A field of the YAML wins over an annotation that says the same.
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

PODMANS, OURS = "io.podman.annotations.", "io.pycman.annotations."
_SECCOMP_OF_POD = "seccomp.security.alpha.kubernetes.io/pod"
_NAMES = {
    "container.seccomp.security.alpha.kubernetes.io": "seccomp",
    "container.apparmor.security.beta.kubernetes.io": "apparmor",
    "bind-mount-options": "bind-mount-options",
    "io.containers.autoupdate": "autoupdate",
    "io.containers.autoupdate.authfile": "autoupdate.authfile",
    "io.containers.sdnotify": "sdnotify",
}
"""Annotations of other prefixes by what they are called here."""
_ON_CLAIMS = "volume.podman.io/"
ONLY_SHOWN = ("cid-file", "privileged", "kube.health.check")
_USER_MODES = ("host", "private", "auto", "keep-id", "nomap")


class Annotations:
    """A pod's annotations, for asking what one of them says."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self.values = values
        self._keys = {_named(key): key for key in sorted(values, key=lambda key: key.startswith(OURS))}

    def get(self, name: str, target: str = "") -> Any:
        """Return what annotation `name` asks for (for a container), None if it is not there. Raises InvalidInput."""
        key = self._keys.get((name, target)) or self._keys.get((name, ""))
        return _read(name, key, self.values[key]) if key else None

    def labels(self, target: str) -> dict[str, str]:
        """Return the annotations that become labels of a container, by which it is known what shall be updated."""
        names = {"io.containers.autoupdate": "autoupdate", "io.containers.autoupdate.authfile": "autoupdate.authfile"}
        return {label: value for label, name in names.items() if (value := self.get(name, target))}

    def confinement(self, target: str) -> dict[str, Any]:
        """Return seccomp and AppArmor profile as a security context says them."""
        fields = {"seccompProfile": "seccomp", "appArmorProfile": "apparmor"}
        return {field: value for field, name in fields.items() if (value := self.get(name, target))}


def annotation_faults(values: Mapping[str, Any], spec: Mapping[str, Any], kind: str) -> Iterator[tuple[str, str]]:
    """Give key and fault of each annotation that cannot be done for the pods of a `kind` with this spec."""
    every = [*(spec.get("initContainers") or ()), *(spec.get("containers") or ())]
    names = [str(each.get("name")) for each in every]
    for key, value in values.items():
        name, target = _named(key)
        try:
            wanted = _read(name, key, str(value)) if name in READERS else None
        except InvalidInput as error:
            yield key, error.problem + (f" ({error.hint})" if error.hint else "")
            continue
        if wanted is None or name in OF_PODS:
            continue
        if target and target not in names:
            yield key, f"the pod has no container {target}"
        elif name == "volumes-from":
            if not target:
                yield key, "it needs a container (as …/NAME)"
            for source in (each.partition(":")[0] for each in wanted):
                if target and source in names and names.index(source) >= names.index(target):
                    yield key, f"{source} does not come before {target}"
        elif name == "autoremove" and wanted:
            yield from ((key, fault) for fault in _removal_faults(spec, kind, target))


def _removal_faults(spec: Mapping[str, Any], kind: str, target: str) -> Iterator[str]:
    """Give what speaks against removing a container (or all) at its end."""
    if kind in ("Job", "CronJob"):
        yield "a Job goes by the status of its containers, so they must stay"
    if target in (init_container.get("name") for init_container in spec.get("initContainers") or ()):
        yield "an init container goes with init.container.type: once"
    for container in spec.get("containers") or ():
        stays = (container.get("restartPolicy") or spec.get("restartPolicy")) == "Never" and not container.get(
            "restartPolicyRules"
        )
        if target in ("", container.get("name")) and not stays:
            yield f"{container.get('name')} is started again when it ends (it needs restartPolicy: Never)"


def claim_faults(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Give key and fault of each annotation of a claim that cannot be done."""
    if values.get(f"{_ON_CLAIMS}driver") not in (None, "", "local"):
        yield f"{_ON_CLAIMS}driver", "not supported: the only driver is local"
    if values.get(f"{_ON_CLAIMS}image"):
        yield f"{_ON_CLAIMS}image", "not supported: use a volume with image.reference in the pod"


def annotation_notes(values: Mapping[str, Any]) -> Iterator[str]:
    """Give what is worth a word of annotations that are only kept."""
    for key, value in values.items():
        name, _ = _named(key)
        if steers_runtime(key):
            yield f"the annotation {key} is only shown: it would steer the OCI runtime"
        elif name in ("cid-file", "privileged") and str(value).lower() not in ("", "false"):
            hint = ": use securityContext.privileged" if name == "privileged" else ""
            yield f"the annotation {key} is only shown{hint}"
        elif name in ("autoupdate", "autoupdate.authfile"):
            yield f"the annotation {key} is kept as a label: nothing is updated by itself yet"
        elif name == "sdnotify" and value != "ignore":
            yield f"the annotation {key} means nothing here (systemd is not told)"
        elif name and name not in READERS and name not in ONLY_SHOWN:
            yield f"the annotation {key} means nothing here (it is not known)"


def full_name(name: str) -> str:
    """Return an annotation's key as podman has it."""
    return next((key for key, each in _NAMES.items() if each == name and ".kubernetes.io" not in key), PODMANS + name)


def _named(key: str) -> tuple[str, str]:
    """Return an annotation's name here and the container it is for; ("", …) if it is nobody's business."""
    if key == _SECCOMP_OF_POD:
        return "seccomp", ""
    name, _, target = key.partition("/")
    for prefix in (PODMANS, OURS):
        if name.startswith(prefix):
            name = name.removeprefix(prefix)
            return ("kube.image.volumes.mount" if name == "kube.image.automount" else name), target
    return _NAMES.get(name, ""), target


def _read(name: str, key: str, text: str) -> Any:
    try:
        return READERS[name](text.strip()) if text.strip() else None
    except InvalidInput as error:
        raise InvalidInput(error.problem, subject=f"annotation {key}", hint=error.hint) from error


def _text(text: str) -> str:
    return text


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(";") if word.strip())


def _choice(*choices: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in choices:
            raise InvalidInput(f"{text!r} is none of {', '.join(choices)}")
        return text

    return read


def _switch(text: str) -> bool:
    if text.lower() not in ("1", "t", "true", "0", "f", "false"):
        raise InvalidInput(f"{text!r} is neither true nor false")
    return text.lower() in ("1", "t", "true")


def _count(text: str) -> int:
    if not text.removeprefix("-").isdecimal():
        raise InvalidInput(f"{text!r} is not a number")
    return int(text)


def _cpus(text: str) -> str:
    if not set(text) <= set("0123456789,-"):
        raise InvalidInput(f"{text!r} is not a list of numbers", hint="as 0-3,5")
    return text


def _ulimits(text: str) -> tuple[Ulimit, ...]:
    return tuple(parse_ulimit(word.strip()) for word in text.split(",") if word.strip())


def _user_mode(text: str) -> NamespaceMode:
    kind, _, value = text.partition(":")
    if kind not in _USER_MODES:
        raise InvalidInput(f"{kind!r} is none of {', '.join(_USER_MODES)}")
    return NamespaceMode(kind="auto" if kind == "private" else kind, value=value)


def _seccomp(text: str) -> dict[str, str]:
    if text.startswith("/") or ".." in text.split("/"):
        raise InvalidInput("a profile must lie below --seccomp-profile-root", hint="as localhost/NAME")
    return _profile(text)


def _profile(text: str) -> dict[str, str]:
    """Return a seccomp or AppArmor profile as the fields have it."""
    if text in ("runtime/default", "docker/default", "default"):
        return {"type": "RuntimeDefault"}
    if text == "unconfined":
        return {"type": "Unconfined"}
    return {"type": "Localhost", "localhostProfile": text.removeprefix("localhost/")}


def _relabel(text: str) -> tuple[str, str]:
    path, colon, word = text.rpartition(":")
    if not colon or word not in ("z", "Z"):
        raise InvalidInput(f"{text!r} is not a path with z or Z", hint="as /PATH:z")
    return path, word


OF_PODS = ("userns", "infra.name", "init.container.type", "bind-mount-options")
READERS: dict[str, Callable[[str], Any]] = {
    "userns": _user_mode,
    "infra.name": _text,
    "init.container.type": _choice("once", "always"),
    "ulimit": _ulimits,
    "bind-mount-options": _relabel,
    "volumes-from": _words,
    "kube.image.volumes.mount": _words,
    "pids-limit": _count,
    "cpuset": _cpus,
    "memory-nodes": _cpus,
    "label": _words,
    "seccomp": _seccomp,
    "apparmor": _profile,
    "autoremove": _switch,
    "init": _switch,
    "publish-all": _switch,
    "autoupdate": _choice("registry", "image", "local", "disabled"),
    "autoupdate.authfile": _text,
    "sdnotify": _choice("ignore", "conmon", "container", "healthy"),
}
