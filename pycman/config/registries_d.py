"""registries.d: where signatures of images are kept (containers-registries.d(5)).

Of a section, `lookaside` is a URL below which signatures are read, `lookaside-staging` one below which they are written, and
`use-sigstore-attachments` says that they are in the registry beside the image. `sigstore` and `sigstore-staging` are the older
names of the first two.
"""

from __future__ import annotations

import os

from pycman.config.policy_json import docker_scope
from pycman.config.yaml_file import load_yaml
from pycman.errors import InvalidInput, from_os_error
from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

SYSTEM_FOLDER = "/etc/containers/registries.d"
_URLS = ("lookaside", "lookaside-staging", "sigstore", "sigstore-staging")
_ATTACHMENTS = "use-sigstore-attachments"


class SignatureStorage(Record):
    """One section. `attachments` None: it does not say."""

    lookaside: str = ""
    staging: str = ""
    attachments: bool | None = None


class RegistriesD(Record):
    """All sections of a folder: `default` is default-docker, `scopes` are those below docker."""

    folder: str
    default: SignatureStorage = SignatureStorage()
    scopes: Mapping[str, SignatureStorage] = {}

    def lookaside(self, names: Iterable[str], *, write: bool) -> str:
        """Return the URL for an image with these scopes, most specific first; "" if none is configured."""
        for section in self._sections(names):
            url = (section.staging if write else "") or section.lookaside
            if url:
                return url
        return ""

    def has_attachments(self, names: Iterable[str]) -> bool:
        """Say whether signatures of an image with these scopes are in its registry."""
        return bool(next((found for each in self._sections(names) if (found := each.attachments) is not None), False))

    def _sections(self, names: Iterable[str]) -> list[SignatureStorage]:
        return [*(self.scopes[name] for name in names if name in self.scopes), self.default]


def registries_d_folder(home: str) -> str:
    """Return the folder that applies to a user: its own replaces the system's."""
    own = f"{home}/.config/containers/registries.d"
    return own if os.path.exists(own) else SYSTEM_FOLDER


def registries_d_files(folder: str) -> list[str]:
    """Return the files of a folder, by name; none if there is no such folder. Raises Denied."""
    try:
        return [f"{folder}/{name}" for name in sorted(os.listdir(folder)) if name.endswith(".yaml")]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise from_os_error(error, subject=folder, doing="cannot list it") from error


def load_registries_d(folder: str) -> RegistriesD:
    """Return the sections of all *.yaml files of a folder. Raises InvalidInput naming file and fault, Denied."""
    default: SignatureStorage | None = None
    scopes: dict[str, SignatureStorage] = {}
    for path in registries_d_files(folder):
        document = _read(path)
        if "default-docker" in document:
            if default is not None:
                raise _wrong(path, "default-docker is in another file, too")
            default = _section(path, "default-docker", document["default-docker"])
        docker = {} if document.get("docker") is None else document["docker"]
        if not isinstance(docker, dict):
            raise _wrong(path, "docker must be a mapping")
        for scope, value in docker.items():
            known = docker_scope(scope)
            if known in scopes:
                raise _wrong(path, f"{scope} is there twice, or in another file, too")
            scopes[known] = _section(path, scope, value)
    return RegistriesD(folder=folder, default=default or SignatureStorage(), scopes=scopes)


def _section(path: str, scope: str, value: Any) -> SignatureStorage:
    if value is None:  # all of its lines are comments
        return SignatureStorage()
    if not isinstance(value, dict):
        raise _wrong(path, f"{scope} must be a mapping")
    for key in value:
        if key not in (*_URLS, _ATTACHMENTS):
            raise _wrong(path, f"unknown key {key} of {scope}")
    for key in _URLS:
        if not isinstance(value.get(key, ""), str):
            raise _wrong(path, f"{key} of {scope} must be a URL")
        if value.get(key) and not value[key].startswith(("file:///", "http://", "https://")):
            raise _wrong(path, f"{key} of {scope} is {value[key]}; it may be file:///PATH, https://… or http://…")
    attachments = value.get(_ATTACHMENTS)
    if attachments is not None and not isinstance(attachments, bool):
        raise _wrong(path, f"{_ATTACHMENTS} of {scope} must be true or false")
    return SignatureStorage(
        lookaside=value.get("lookaside") or value.get("sigstore") or "",
        staging=value.get("lookaside-staging") or value.get("sigstore-staging") or "",
        attachments=attachments,
    )


def _read(path: str) -> dict[str, Any]:
    document = load_yaml(path, depth=3)
    unknown = [key for key in document if key not in ("default-docker", "docker")]
    if unknown:
        raise _wrong(path, f"unknown key {unknown[0]}")
    return document


def _wrong(path: str, problem: str) -> InvalidInput:
    return InvalidInput(problem, subject=path, hint="correct the file")
