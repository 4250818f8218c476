"""Environment of a container: envFrom, env, references to fields and resources, $(VAR) (v1 EnvVar, EnvFromSource). Pure."""

from __future__ import annotations

from kube_yaml.quantity import ONE, divided, parse_quantity
from pycman.errors import InvalidInput, NotFound
from pycman.record import Record
from pycman.spec.container import POD_IP, POD_IPS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from kube_yaml.translate.sources import Sources

_LONGEST = 131_071
"""What Linux lets one argument or variable have (execve(2), MAX_ARG_STRLEN without its NUL)."""
_MOST = 2 << 20
"""What Linux lets all arguments and variables of a process have, with the usual stack."""
AT_START = {"status.podIP": POD_IP, "status.podIPs": POD_IPS}
"""Fields that are known only when the pod's network is up: the engine puts them in place of these marks at each start."""


class FieldValues(Record):
    """What references to fields of a pod give. `metadata` is the pod's own, with name and namespace filled in."""

    metadata: dict[str, Any]
    uid: str
    node_name: str = ""
    service_account: str = "default"
    host_ips: tuple[str, ...] = ()

    def get(self, path: str) -> str:
        """Return a field's value (fieldRef.fieldPath). Raises InvalidInput for a path that has none."""
        for name in ("labels", "annotations"):
            if path.startswith(f"metadata.{name}['") and path.endswith("']"):
                return str((self.metadata.get(name) or {}).get(path[len(f"metadata.{name}['") : -2], ""))
            if path == f"metadata.{name}":
                entries = self.metadata.get(name) or {}
                return "\n".join(f'{key}="{_escaped(str(entries[key]))}"' for key in sorted(entries))
        simple: dict[str, Callable[[], str]] = {
            "metadata.name": lambda: str(self.metadata["name"]),
            "metadata.namespace": lambda: str(self.metadata["namespace"]),
            "metadata.uid": lambda: self.uid,
            "spec.nodeName": lambda: self.node_name,
            "spec.serviceAccountName": lambda: self.service_account,
            "status.hostIP": lambda: next(iter(self.host_ips), ""),
            "status.hostIPs": lambda: ",".join(self.host_ips),
        }
        if path not in simple:
            raise InvalidInput("no such field of a pod", subject=path, hint=f"use one of {', '.join(simple)}")
        return simple[path]()


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def resource_value(
    container: Mapping[str, Any], resource: str, divisor: Any = None, *, node: Mapping[str, int] | None = None
) -> str:
    """Return a limit or request as resourceFieldRef gives it: divided, and rounded up (limits.cpu, requests.memory, …).

    A limit that the container does not have (or of 0) is what the node has: `node`, in CPUs and bytes by name.
    """
    part, _, name = resource.partition(".")
    resources = container.get("resources") or {}
    value = (resources.get(part) or {}).get(name)
    if value is None and part == "requests":
        value = (resources.get("limits") or {}).get(name)
    amount = parse_quantity(str(value)) if value is not None else 0
    if part == "limits" and not amount:
        amount = (node or {}).get(name, 0) * ONE
    by = parse_quantity(str(divisor)) if divisor not in (None, "", 0, "0") else ONE
    return str(divided(amount, by))


class Environment:
    """Collects the variables of one container in the order Kubernetes does: envFrom, then env, each seeing those before."""

    def __init__(
        self,
        sources: Sources,
        fields: FieldValues,
        containers: Mapping[str, Mapping[str, Any]],
        given: Mapping[str, str],
    ) -> None:
        """`containers` are those of the pod by name, for references to another's resources; `given` come first of all."""
        self.values: dict[str, str] = dict(given)
        self.at_start: dict[str, str] = {}
        """Variables with one of the marks of AT_START in them."""
        self.warnings: list[str] = []
        self._letters = 0
        self._sources = sources
        self._fields = fields
        self._containers = containers

    def read(self, container: Mapping[str, Any]) -> None:
        """Read envFrom and env of a container. Raises NotFound (a reference that is not optional), InvalidInput."""
        for number, entry in enumerate(container.get("envFrom") or ()):
            self._take_all(entry, f"envFrom[{number}]")
        for number, entry in enumerate(container.get("env") or ()):
            name = str(entry["name"])
            source = entry.get("valueFrom")
            if source is None:
                self._set(name, self.expand(str(entry.get("value") or "")))
                continue
            value = self._value_of(source, container, f"env[{number}].valueFrom")
            if value is not None:
                self._set(name, value)

    def _set(self, name: str, value: str) -> None:
        self._letters += len(value)
        if self._letters > _MOST:
            raise InvalidInput(
                f"all variables have more than {_MOST} letters, which no process can be given", subject=name
            )
        self.values.pop(name, None)
        self.at_start.pop(name, None)
        (self.at_start if "\0" in value else self.values)[name] = value

    def _take_all(self, entry: Mapping[str, Any], path: str) -> None:
        for key, kind in (("configMapRef", "ConfigMap"), ("secretRef", "Secret")):
            reference = entry.get(key)
            if reference is None:
                continue
            entries = self._entries(kind, reference, f"{path}.{key}")
            for name, content in (entries or {}).items():
                whole = f"{entry.get('prefix') or ''}{name}"
                text = _text(content)
                if text is None or not is_variable(whole):
                    reason = "has a value that is not text" if text is None else "is not a valid name of a variable"
                    self.warnings.append(f"{kind} {reference['name']}: {whole!r} {reason}: left out")
                    continue
                self._set(whole, text)

    def _entries(self, kind: str, reference: Mapping[str, Any], path: str) -> dict[str, bytes] | None:
        found = self._sources.find(kind, self._fields.metadata["namespace"], str(reference.get("name", "")), text=True)
        if found is None and not reference.get("optional"):
            raise NotFound(
                f"there is no {kind} {reference.get('name')}", subject=path, hint="add its document, or play it first"
            )
        return found

    def _value_of(self, source: Mapping[str, Any], container: Mapping[str, Any], path: str) -> str | None:
        for key, kind in (("configMapKeyRef", "ConfigMap"), ("secretKeyRef", "Secret")):
            reference = source.get(key)
            if reference is not None:
                entries = self._entries(kind, reference, f"{path}.{key}") or {}
                content = entries.get(str(reference["key"]))
                if content is None and not reference.get("optional"):
                    raise NotFound(f"{kind} {reference['name']} has no key {reference['key']}", subject=f"{path}.{key}")
                if content is not None and _text(content) is None:
                    raise InvalidInput(
                        f"{reference['key']} of {kind} {reference['name']} is not text, so no variable can have it",
                        subject=f"{path}.{key}",
                        hint="mount it as a file",
                    )
                return None if content is None else _text(content)
        if "fieldRef" in source:
            field = str(source["fieldRef"]["fieldPath"])
            return AT_START[field] if field in AT_START else self._fields.get(field)
        reference = source["resourceFieldRef"]
        other = self._containers.get(str(reference.get("containerName") or container["name"]))
        if other is None:
            raise NotFound(f"no container {reference['containerName']} in the pod", subject=path)
        return resource_value(
            other, str(reference["resource"]), reference.get("divisor"), node=self._sources.node_resources
        )

    def expand(self, text: str) -> str:
        """Return a text with $(VAR) of variables known so far replaced; $$(VAR) stays $(VAR), unknown ones are kept."""
        return expand(text, {**self.values, **self.at_start} if self.at_start else self.values)


def _text(content: bytes) -> str | None:
    """Return what an entry says as a variable; None for bytes that no variable can have."""
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text


def expand(text: str, values: Mapping[str, str]) -> str:
    """Return a text with $(VAR) replaced by `values`; "$$" is a "$" that stands for itself, unknown variables are kept."""
    if "$" not in text:
        return text
    found = []
    longest = _LONGEST
    at = 0
    while (start := text.find("$", at)) >= 0:
        found.append(text[at:start])
        if text.startswith("$$", start):
            found.append("$")
            at = start + 2
            continue
        end = text.find(")", start) if text.startswith("$(", start) else -1
        name = text[start + 2 : end] if end > 0 else ""
        if end > 0 and name in values:
            found.append(values[name])
            longest -= len(values[name])
            if longest < 0:
                raise InvalidInput(
                    f"with what it names it is longer than {_LONGEST} letters, which no process can be given",
                    subject=f"{text[:40]}…",
                )
            at = end + 1
        else:
            found.append("$")
            at = start + 1
    return "".join([*found, text[at:]])


def is_variable(name: str) -> bool:
    """Say whether a text may name a variable: anything printable but "=" (Kubernetes 1.30's relaxed rule)."""
    return bool(name) and "=" not in name and name.isprintable() and name.isascii()
