"""registries.conf, version 2: where names lead to (containers-registries.conf(5)).

The user's file ($HOME/.config/containers/registries.conf) replaces the system's (/etc/containers/registries.conf), each with
its registries.conf.d/; CONTAINERS_REGISTRIES_CONF replaces both.
"""

from __future__ import annotations

import os

from pycman.config.containers_conf import drop_ins, load_toml
from pycman.errors import InvalidInput
from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


class Mirror(Record):
    """One place to ask before the registry itself. `pull` is all, digest-only or tag-only."""

    location: str
    insecure: bool = False
    pull: str = "all"


class Registry(Record):
    """What holds for references that begin with `prefix`."""

    prefix: str
    location: str
    insecure: bool = False
    blocked: bool = False
    mirror_by_digest_only: bool = False
    mirrors: tuple[Mirror, ...] = ()


class RegistriesConf(Record):
    """The merged settings."""

    unqualified_search_registries: tuple[str, ...] = ()
    short_name_mode: str = "permissive"
    credential_helpers: tuple[str, ...] = ()
    aliases: Mapping[str, str] = {}
    registries: tuple[Registry, ...] = ()


def registries_conf_files(home: str) -> list[str]:
    """Return the files to read, first to last."""
    replaced = os.environ.get("CONTAINERS_REGISTRIES_CONF") or os.environ.get("REGISTRIES_CONFIG_PATH") or ""
    if replaced:
        return [replaced]
    user = f"{home}/.config/containers"
    if os.path.exists(f"{user}/registries.conf"):
        return [f"{user}/registries.conf", *drop_ins(f"{user}/registries.conf.d")]
    system = "/etc/containers"
    return [
        f"{system}/registries.conf",
        *drop_ins(f"{system}/registries.conf.d"),
        *drop_ins(f"{user}/registries.conf.d"),
    ]


def load_registries_conf(files: list[str]) -> RegistriesConf:
    """Return the merged settings. Raises InvalidInput for a broken file or one of version 1."""
    values: dict[str, Any] = {}
    registries: dict[str, Registry] = {}
    aliases: dict[str, str] = {}
    for path in files:
        document = load_toml(path)
        if isinstance(document.get("registries"), dict):
            raise InvalidInput("it has the old format (version 1)", subject=path, hint="rewrite it as [[registry]]")
        for key, field in (
            ("unqualified-search-registries", "unqualified_search_registries"),
            ("credential-helpers", "credential_helpers"),
        ):
            if key in document:
                values[field] = tuple(document[key])
        if "short-name-mode" in document:
            values["short_name_mode"] = document["short-name-mode"]
        aliases.update({name: target for name, target in document.get("aliases", {}).items() if target})
        for entry in document.get("registry", ()):
            registry = _registry(entry, path)
            registries[registry.prefix] = registry
    return RegistriesConf(**values, aliases=aliases, registries=tuple(registries.values()))


def _registry(entry: Mapping[str, Any], path: str) -> Registry:
    location = str(entry.get("location", ""))
    prefix = str(entry.get("prefix", "")) or location
    if not prefix:
        raise InvalidInput("a [[registry]] has neither prefix nor location", subject=path)
    return Registry(
        prefix=prefix,
        location=location or prefix,
        insecure=bool(entry.get("insecure", False)),
        blocked=bool(entry.get("blocked", False)),
        mirror_by_digest_only=bool(entry.get("mirror-by-digest-only", False)),
        mirrors=tuple(
            Mirror(
                location=str(mirror.get("location", "")),
                insecure=bool(mirror.get("insecure", False)),
                pull=str(mirror.get("pull-from-mirror", "all")),
            )
            for mirror in entry.get("mirror", ())
        ),
    )
