"""registries.conf, version 2: which registries and mirrors image names refer to (containers-registries.conf(5)).

The user's file ($HOME/.config/containers/registries.conf) replaces the system's (/etc/containers/registries.conf), each with
its registries.conf.d/; CONTAINERS_REGISTRIES_CONF replaces both. Aliases that other engines recorded when they asked their
user (short-name-aliases.conf) are read last.
"""

from __future__ import annotations

import os

from pycman.config.toml_file import check_kind, drop_ins, load_toml, must_exist, wrong_value
from pycman.errors import InvalidInput
from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any


class Mirror(Record):
    """One mirror, which is asked before the registry itself. `pull` is all, digest-only or tag-only."""

    location: str
    insecure: bool = False
    pull: str = "all"


class Registry(Record):
    """The settings of references that begin with `prefix`; `location` replaces the prefix, "" leaves it."""

    prefix: str
    location: str
    insecure: bool = False
    blocked: bool = False
    mirror_by_digest_only: bool = False
    mirrors: tuple[Mirror, ...] = ()


class RegistriesConf(Record):
    """The merged settings. `credential_helpers` in order; "containers-auth.json" among them stands for the auth files.

    `search_file` is the file that has the search registries, `alias_files` the one that has each alias.
    """

    unqualified_search_registries: tuple[str, ...] = ()
    search_file: str = ""
    short_name_mode: str = "permissive"
    credential_helpers: tuple[str, ...] = ()
    aliases: Mapping[str, str] = {}
    alias_files: Mapping[str, str] = {}
    registries: tuple[Registry, ...] = ()


EFFECTS = {
    "unqualified-search-registries": "where names without a registry are searched; none means docker.io",
    "short-name-mode": "`enforcing` refuses a short name that may mean several images; `permissive`; `disabled` (no aliases)",
    "credential-helpers": "programs that keep logins, asked in order; `containers-auth.json` stands for the auth files",
}
REGISTRY_EFFECTS = {
    "prefix": "which references the table is for; `*.example.com` is all its subdomains",
    "location": "what stands in the place of the prefix",
    "insecure": "no check of certificates, plain HTTP allowed",
    "blocked": "nothing is pulled from there",
    "mirror-by-digest-only": "mirrors are for references with a digest",
}
MIRROR_EFFECTS = {
    "location": "a mirror, asked before the registry itself",
    "insecure": "the same for the mirror",
    "pull-from-mirror": "`all`, `digest-only` or `tag-only`",
}
NO_EFFECT = {"additional-layer-store-auth-helper": "there are no stores of layers beside pycman's own"}
_ALIASES_OF_OTHERS = "short-name-aliases.conf"
_MODES = ("enforcing", "permissive", "disabled")
_PULLS = ("all", "digest-only", "tag-only")


def registries_conf_files(home: str, *, rootless: bool = False) -> list[str]:
    """Return the files to read, first to last."""
    replaced = os.environ.get("CONTAINERS_REGISTRIES_CONF") or os.environ.get("REGISTRIES_CONFIG_PATH") or ""
    if replaced:
        return [replaced]
    user = f"{home}/.config/containers"
    cache = f"{home}/.cache/containers" if rootless else "/var/cache/containers"
    if os.path.exists(f"{user}/registries.conf"):
        files = [f"{user}/registries.conf", *drop_ins(f"{user}/registries.conf.d")]
    else:
        system = "/etc/containers"
        files = [f"{system}/registries.conf", *drop_ins(f"{system}/registries.conf.d")]
        files += drop_ins(f"{user}/registries.conf.d")
    return [*files, f"{cache}/{_ALIASES_OF_OTHERS}"]


def load_registries_conf(files: Sequence[str]) -> tuple[RegistriesConf, list[str]]:
    """Return the merged settings, and a warning for each key that is unknown or without effect.

    Raises InvalidInput for a broken file or one of version 1, NotFound for one that the environment names and is not there.
    """
    must_exist(files, ("CONTAINERS_REGISTRIES_CONF", "REGISTRIES_CONFIG_PATH"))
    warnings: list[str] = []
    values: dict[str, Any] = {}
    registries: dict[str, Registry] = {}
    aliases: dict[str, str] = {}
    alias_files: dict[str, str] = {}
    for path in files:
        document = load_toml(path)
        for name, target in _table(document, "aliases", path).items():
            aliases[name] = check_kind(path, name, target, "")
            alias_files[name] = path
        if path.endswith(_ALIASES_OF_OTHERS):
            continue
        if isinstance(document.get("registries"), dict):
            raise InvalidInput("it has the old format (version 1)", subject=path, hint="rewrite it as [[registry]]")
        warnings += _warnings(document, path)
        values.update(_top(document, path))
        for entry in _tables(document, "registry", path):
            registry = _registry(entry, path)
            registries[registry.prefix] = registry
    known = {name: target for name, target in aliases.items() if target}  # "" removes the alias of an earlier file
    conf = RegistriesConf(**values, aliases=known, alias_files=alias_files, registries=tuple(registries.values()))
    return conf, list(dict.fromkeys(warnings))


def _warnings(document: Mapping[str, Any], path: str) -> list[str]:
    """Return the warnings for keys that are not read."""
    warnings = [_warning(path, key, "") for key in document if key not in (*EFFECTS, "aliases", "registry")]
    for entry in _tables(document, "registry", path):
        warnings += [
            _warning(path, key, " in [[registry]]") for key in entry if key not in (*REGISTRY_EFFECTS, "mirror")
        ]
        for mirror in _tables(entry, "mirror", path):
            warnings += [_warning(path, key, " in [[registry.mirror]]") for key in mirror if key not in MIRROR_EFFECTS]
    return warnings


def _warning(path: str, key: str, where: str) -> str:
    if key in NO_EFFECT:
        return f"{path}: {key} has no effect: {NO_EFFECT[key]}"
    return f"{path}: unknown key {key}{where}"


def _top(document: Mapping[str, Any], path: str) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key in ("unqualified-search-registries", "credential-helpers"):
        if key in document:
            values[key.replace("-", "_")] = check_kind(path, key, document[key], ())
    if "unqualified-search-registries" in document:
        values["search_file"] = path
    if "short-name-mode" in document:
        mode = check_kind(path, "short-name-mode", document["short-name-mode"], "")
        if mode not in _MODES:
            raise wrong_value(path, "short-name-mode", f"is {mode}; it may be {', '.join(_MODES)}")
        values["short_name_mode"] = mode
    return values


def _table(document: Mapping[str, Any], key: str, path: str) -> dict[str, Any]:
    table = document.get(key, {})
    if not isinstance(table, dict):
        raise wrong_value(path, key, "must be a table")
    return table


def _tables(document: Mapping[str, Any], key: str, path: str) -> list[dict[str, Any]]:
    """Return a list of tables. Raises InvalidInput that explains the common mistake of writing [registry] for [[registry]]."""
    tables = document.get(key, [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        header = "[[registry.mirror]]" if key == "mirror" else "[[registry]]"
        raise wrong_value(path, key, f"must be tables, each below a line {header}")
    return tables


def _registry(entry: Mapping[str, Any], path: str) -> Registry:
    location = _location(entry, "location", path)
    prefix = _location(entry, "prefix", path) or location
    if not prefix:
        raise InvalidInput("a [[registry]] has neither prefix nor location", subject=path, hint="correct the file")
    if not location and not prefix.startswith("*."):
        location = prefix
    by_digest = bool(check_kind(path, "mirror-by-digest-only", entry.get("mirror-by-digest-only", False), False))
    return Registry(
        prefix=prefix,
        location=location,
        insecure=check_kind(path, "insecure", entry.get("insecure", False), False),
        blocked=check_kind(path, "blocked", entry.get("blocked", False), False),
        mirror_by_digest_only=by_digest,
        mirrors=tuple(_mirror(mirror, path) for mirror in _tables(entry, "mirror", path)),
    )


def _mirror(entry: Mapping[str, Any], path: str) -> Mirror:
    location = _location(entry, "location", path)
    if not location:
        raise InvalidInput("a [[registry.mirror]] has no location", subject=path, hint="correct the file")
    pull = check_kind(path, "pull-from-mirror", entry.get("pull-from-mirror", "all"), "")
    if pull not in _PULLS:
        raise wrong_value(path, "pull-from-mirror", f"is {pull}; it may be {', '.join(_PULLS)}")
    insecure = check_kind(path, "insecure", entry.get("insecure", False), False)
    return Mirror(location=location, insecure=insecure, pull=pull)


def _location(entry: Mapping[str, Any], key: str, path: str) -> str:
    """Return a host with an optional path. Raises InvalidInput that explains the common mistake of writing a scheme before it."""
    text = str(check_kind(path, key, entry.get(key, ""), ""))
    if "://" in text:
        raise wrong_value(path, key, f"is {text}; it is written without {text.partition('://')[0]}://")
    return text.rstrip("/")
