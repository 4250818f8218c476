"""How instructions change an image's config document (image-spec, config.md; docker's fields beside). Pure values."""

from __future__ import annotations

from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
DEFAULT_SHELL = ("/bin/sh", "-c")
_KEPT = ("architecture", "os", "os.version", "os.features", "variant", "author")


class Change(Record):
    """One change of a config document.

    kind   env, label        `name` gets the text `value`
           port, volume      the texts of `value` are added to the set
           onbuild           the text `name` is added to the list
           set               the field `name` becomes `value`; None takes it away
           author            the document's author becomes `name`
    """

    kind: str
    name: str = ""
    value: Any = None


_SETS = {"port": "ExposedPorts", "volume": "Volumes"}


class Timeline:
    """The config documents of a stage, one after each step; made when asked for, from the one before if that was last."""

    def __init__(self, base: Mapping[str, Any]) -> None:
        self._base = dict(base)
        self._changes: list[tuple[Change, ...]] = []
        self._last = 0, self._base

    def add(self, changes: tuple[Change, ...]) -> None:
        """Add the changes of the next step."""
        self._changes.append(changes)

    def after(self, number: int) -> dict[str, Any]:
        """Return the document after step `number`, counted from 1; parts of it are shared and must not be changed."""
        place, document = self._last
        if place > number:
            place, document = 0, self._base
        for changes in self._changes[place:number]:
            if changes:
                document = changed(document, changes)
        self._last = number, document
        return document


def base_document(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a stage starts with: a base image's document without its past and its triggers, with a PATH."""
    document = {name: config[name] for name in _KEPT if config.get(name)}
    settings = {name: value for name, value in (config.get("config") or {}).items() if name != "OnBuild"}
    env = list(settings.get("Env") or ())
    if not any(entry.startswith("PATH=") for entry in env):
        env.append(f"PATH={DEFAULT_PATH}")
    settings["Env"] = env
    return {**document, "config": settings}


def platform_parts(platform: str) -> tuple[str, str, str]:
    """Return (os, architecture, variant) as docker tells a platform: v8 of arm64 and v1 of amd64 are not named."""
    os, architecture, variant = (*platform.split("/"), "", "")[:3]
    return os, architecture, "" if (architecture, variant) in _NOT_NAMED else variant


_NOT_NAMED = (("arm64", "v8"), ("amd64", "v1"))


def empty_document(platform: str) -> dict[str, Any]:
    """Return the config of "scratch" for a platform ("linux/arm64/v8")."""
    os, architecture, variant = platform_parts(platform)
    document = {"architecture": architecture, "os": os} | ({"variant": variant} if variant else {})
    return {**document, "config": {"WorkingDir": "/"}}


def changed(document: Mapping[str, Any], changes: Sequence[Change]) -> dict[str, Any]:
    """Return a document with changes; what they do not touch is shared with the old one."""
    result = dict(document)
    settings = dict(result.get("config") or {})
    env: dict[str, str] = {}
    if any(change.kind == "env" for change in changes):
        env = {entry.partition("=")[0]: entry for entry in settings.get("Env") or ()}
    for kind, field in (("label", "Labels"), ("port", "ExposedPorts"), ("volume", "Volumes")):
        if any(change.kind == kind for change in changes):
            settings[field] = dict(settings.get(field) or {})
    for change in changes:
        if change.kind == "env":
            env[change.name] = f"{change.name}={change.value}"
        elif change.kind == "label":
            settings["Labels"][change.name] = change.value
        elif change.kind in _SETS:
            settings[_SETS[change.kind]].update((each, {}) for each in change.value)
        elif change.kind == "onbuild":
            settings["OnBuild"] = [*(settings.get("OnBuild") or ()), change.name]
        elif change.kind == "author":
            result["author"] = change.name
        elif change.value is None:
            settings.pop(change.name, None)
        else:
            settings[change.name] = change.value
    if env:
        settings["Env"] = list(env.values())
    return {**result, "config": settings}
