"""Bake files: the builds that a compose file's `build:` or a JSON bake file describes, as words of `build`'s command line. Pure.

Sources: the Compose specification, "Compose Build Specification"; docker's "Bake file reference" (JSON, its variables as ${NAME}).
"""

from __future__ import annotations

import re

from pycman.errors import InvalidInput, NotFound, Unsupported

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    Target = dict[str, Any]
    """One build: fields as in a JSON bake file."""

_VARIABLE = re.compile(r"\$\$|\$\{(\w+)(?:(:?[-+?])([^{}]*))?\}|\$(\w+)")
_LISTS = {
    "tags": "tag", "platforms": "platform", "cache-from": "cache-from", "cache-to": "cache-to", "output": "output",
    "secret": "secret", "ssh": "ssh", "no-cache-filter": "no-cache-filter", "annotations": "annotation", "ulimits": "ulimit",
    "entitlements": "allow", "extra-hosts": "add-host",
}  # fmt: skip
_MAPS = {"args": "build-arg", "labels": "label", "contexts": "build-context"}
_TEXTS = {"target": "target", "network": "network", "shm-size": "shm-size"}
_OTHERS = ("context", "dockerfile", "dockerfile-inline", "inherits", "pull", "no-cache", "description", "name")
_COMPOSE = {
    "context": "context", "dockerfile": "dockerfile", "dockerfile_inline": "dockerfile-inline", "args": "args",
    "labels": "labels", "target": "target", "cache_from": "cache-from", "cache_to": "cache-to", "platforms": "platforms",
    "tags": "tags", "network": "network", "shm_size": "shm-size", "pull": "pull", "no_cache": "no-cache",
    "additional_contexts": "contexts", "ssh": "ssh", "ulimits": "ulimits", "extra_hosts": "extra-hosts",
}  # fmt: skip
_MOST_TARGETS = 1000


class BakeFile:
    """What files describe: targets by name and groups of them."""

    def __init__(self) -> None:
        self.targets: dict[str, Target] = {}
        self.groups: dict[str, list[str]] = {}

    def add_json(self, document: object, file: str, environment: Mapping[str, str]) -> None:
        """Add a JSON bake file; a target that is there gets the new fields. Raises InvalidInput, Unsupported."""
        if not isinstance(document, dict):
            raise InvalidInput("a bake file is an object with targets", subject=file)
        for name in document:
            if name not in ("target", "group", "variable"):
                raise Unsupported(
                    "it is not known in a bake file", subject=f"{file}: {name}", hint="write the values out"
                )
        variables: dict[str, str] = {}
        for name, variable in _objects(document, "variable", file):
            default = variable.get("default", "")
            text = str(default).lower() if isinstance(default, bool) else str(default)
            variables[name] = environment.get(name, text)
        for name, group in _objects(document, "group", file):
            self.groups[name] = _strings(group.get("targets"), f"{file}: group {name}: targets")
        for name, target in _objects(document, "target", file):
            if "matrix" in target:
                raise Unsupported(
                    "a matrix is not known", subject=f"{file}: target {name}", hint="write the targets out"
                )
            known = self.targets.setdefault(name, {})
            known.update(expand(target, variables, f"{file}: target {name}"))

    def add_compose(self, document: object, file: str, environment: Mapping[str, str]) -> None:
        """Add the services of a compose file that have `build`; the group "default" is all of them. Raises InvalidInput."""
        document = _merged(document)
        services = document.get("services") if isinstance(document, dict) else None
        if not isinstance(services, dict):
            raise InvalidInput("a compose file has services", subject=file)
        secrets = document.get("secrets") if isinstance(document, dict) else None
        for name, service in services.items():
            where = f"{file}: service {name}"
            if not isinstance(service, dict) or service.get("build") is None:
                continue
            service = expand(service, environment, where)
            build = service["build"]
            build = {"context": build} if isinstance(build, str) else build
            if not isinstance(build, dict):
                raise InvalidInput("it is neither a text nor a mapping", subject=f"{where}: build")
            target: Target = {}
            for field, value in build.items():
                if field == "secrets":
                    target["secret"] = _secrets(value, secrets, where)
                elif field not in _COMPOSE and not str(field).startswith("x-"):
                    raise Unsupported("it is not known", subject=f"{where}: build.{field}", hint="leave it out")
                elif field in _COMPOSE:
                    target[_COMPOSE[field]] = value
            if service.get("image"):
                target["tags"] = [service["image"], *_strings(target.get("tags"), f"{where}: tags")]
            self.targets.setdefault(str(name), {}).update(target)
            self.groups.setdefault("default", []).append(str(name))

    def chosen(self, names: Sequence[str]) -> list[tuple[str, Target]]:
        """Return the targets of names and groups, each once, with what they inherit. Raises NotFound, InvalidInput (a circle)."""
        found: dict[str, Target] = {}
        for name in names or ("default",):
            self._collect(name, found, ())
        return list(found.items())

    def _collect(self, name: str, found: dict[str, Target], above: tuple[str, ...]) -> None:
        if name in above or len(found) > _MOST_TARGETS:
            raise InvalidInput("the group contains itself", subject=name)
        if name in self.groups:
            for each in self.groups[name]:
                self._collect(each, found, (*above, name))
        elif name in self.targets:
            found[name] = self.resolved(name)
        else:
            known = ", ".join(sorted({*self.targets, *self.groups}))
            raise NotFound("no such target", subject=name, hint=f"there are {known or 'none'}")

    def resolved(self, name: str, above: tuple[str, ...] = ()) -> Target:
        """Return a target with what it inherits: maps are merged, other fields replaced. Raises NotFound, InvalidInput."""
        if name in above:
            raise InvalidInput("the target inherits from itself", subject=name)
        if name not in self.targets:
            raise NotFound("no such target", subject=name, hint=f"{above[-1]} inherits from it" if above else "")
        own = self.targets[name]
        result: Target = {}
        for parent in _strings(own.get("inherits"), f"target {name}: inherits"):
            _lay_over(result, self.resolved(parent, (*above, name)))
        _lay_over(result, {field: value for field, value in own.items() if field != "inherits"})
        return result


def _lay_over(below: Target, above: Target) -> None:
    for field, value in above.items():
        if field in _MAPS and isinstance(value, dict) and isinstance(below.get(field), dict):
            below[field] = {**below[field], **value}
        else:
            below[field] = value


def _objects(document: Mapping[str, Any], field: str, file: str) -> list[tuple[str, dict[str, Any]]]:
    value = document.get(field) or {}
    if not isinstance(value, dict) or not all(isinstance(each, dict) for each in value.values()):
        raise InvalidInput("it is not an object of objects", subject=f"{file}: {field}")
    return list(value.items())


def _strings(value: object, where: str) -> list[str]:
    values = [] if value is None else [value] if isinstance(value, str) else value
    if not isinstance(values, list) or not all(isinstance(each, str) for each in values):
        raise InvalidInput("it is not a list of texts", subject=where)
    return list(values)


def _secrets(value: object, known: object, where: str) -> list[str]:
    """Return a compose file's secrets of a build as values of --secret."""
    words = []
    for entry in value if isinstance(value, list) else [value]:
        name = entry.get("source") if isinstance(entry, dict) else entry
        target = (entry.get("target") if isinstance(entry, dict) else None) or name
        source = known.get(name) if isinstance(known, dict) else None
        if not isinstance(source, dict) or not ({"file", "environment"} & source.keys()):
            raise InvalidInput("there is no such secret with a file or variable", subject=f"{where}: secret {name}")
        words.append(
            f"id={target},src={source['file']}" if "file" in source else f"id={target},env={source['environment']}"
        )
    return words


def _merged(value: Any) -> Any:
    """Return a document in which YAML's merge keys ("<<") are carried out."""
    if isinstance(value, list):
        return [_merged(each) for each in value]
    if not isinstance(value, dict):
        return value
    below: dict[str, Any] = {}
    merged = value.get("<<")
    for part in reversed(merged if isinstance(merged, list) else [merged] if merged is not None else []):
        below.update(_merged(part) if isinstance(part, dict) else {})
    return {**below, **{name: _merged(each) for name, each in value.items() if name != "<<"}}


def expand(value: Any, variables: Mapping[str, str], where: str) -> Any:
    """Return a value in whose texts $NAME, ${NAME}, ${NAME:-default}, ${NAME:+other} and ${NAME:?message} are replaced."""
    if isinstance(value, list):
        return [expand(each, variables, where) for each in value]
    if isinstance(value, dict):
        return {name: expand(each, variables, where) for name, each in value.items()}
    if not isinstance(value, str):
        return value

    def replaced(match: re.Match[str]) -> str:
        name, operator, word = match[1] or match[4], match[2] or "", match[3] or ""
        if name is None:
            return "$"
        found = variables.get(name)
        given = bool(found) if operator.startswith(":") else found is not None
        if operator.endswith("+"):
            return word if given else ""
        if operator.endswith("?") and not given:
            raise InvalidInput(word or "the variable is not set", subject=f"{where}: {name}")
        return (found or "") if given or not operator.endswith("-") else word

    return _VARIABLE.sub(replaced, value)


def set_field(target: Target, path: str, value: str) -> None:
    """Carry out --set: FIELD=VALUE, or args.NAME=VALUE for the maps."""
    field, _, key = path.partition(".")
    if field in _MAPS and key:
        target[field] = {**(target.get(field) or {}), key: value}
    elif field in _LISTS:
        target[field] = [value]
    elif field in _TEXTS or field in _OTHERS:
        target[field] = value
    else:
        raise InvalidInput("not a field of a target", subject=f"--set {path}")


def build_words(target: Target, name: str) -> list[str]:
    """Return the words of `build` for a target: flags, then the context. Raises InvalidInput, Unsupported."""
    words = []
    for field, value in target.items():
        where = f"target {name}: {field}"
        if value is None:
            continue
        if field in _MAPS:
            words += [f"--{_MAPS[field]}={pair}" for pair in _pairs(value, where)]
        elif field in _LISTS:
            words += [f"--{_LISTS[field]}={text}" for text in _values(value)]
        elif field in _TEXTS:
            words.append(f"--{_TEXTS[field]}={value}")
        elif field in ("pull", "no-cache"):
            words.append(f"--{field}={str(value).lower()}")
        elif field not in _OTHERS:
            raise Unsupported("it is not known", subject=where, hint="leave it out")
    context = str(target.get("context") or ".")
    if target.get("dockerfile-inline") is not None:
        words.append("--file=-")
    elif target.get("dockerfile"):
        file = str(target["dockerfile"])
        is_local = "://" not in context and not file.startswith("/")
        words.append(f"--file={context}/{file}" if is_local else f"--file={file}")
    return [*words, "--", context]


def _pairs(value: object, where: str) -> list[str]:
    if isinstance(value, dict):
        return [str(name) if each is None else f"{name}={_text(each)}" for name, each in value.items()]
    return _strings(value, where)


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _values(value: object) -> list[str]:
    """Return the texts of a list; bake's objects, such as {"type": "registry", "ref": "x"}, are type=registry,ref=x."""
    if isinstance(value, dict):  # ulimits and extra_hosts of a compose file
        return [_limit(str(name), each) for name, each in value.items()]
    entries = value if isinstance(value, list) else [value]
    return [
        ",".join(f"{name}={_text(each)}" for name, each in entry.items()) if isinstance(entry, dict) else str(entry)
        for entry in entries
    ]


def _limit(name: str, value: object) -> str:
    if isinstance(value, dict):
        return f"{name}={value.get('soft')}:{value.get('hard')}"
    return f"{name}:{value}" if "." in name or ":" in str(value) else f"{name}={value}"
