"""Files that volumes of type configMap, secret, downwardAPI and projected hold (v1 Volume). Pure."""

from __future__ import annotations

from kube_yaml.translate.env import resource_value
from pods.volumes import VolumeFile
from pycman.errors import InvalidInput, NotFound
from pycman.spec.relative_path import clean_relative_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from kube_yaml.translate.env import FieldValues
    from kube_yaml.translate.sources import Sources

_MODE = 0o644
KINDS = ("configMap", "secret", "downwardAPI", "projected")


class FileReader:
    """Reads volumes of one pod; `containers` are the pod's by name."""

    def __init__(self, sources: Sources, fields: FieldValues, containers: Mapping[str, Mapping[str, Any]]) -> None:
        self._sources = sources
        self._fields = fields
        self._containers = containers

    def read(self, volume: Mapping[str, Any]) -> tuple[VolumeFile, ...]:
        """Return the files of a volume of one of KINDS. Raises NotFound (a reference that is not optional), InvalidInput."""
        kind = next(each for each in KINDS if each in volume)
        source = volume[kind] or {}
        mode = source.get("defaultMode")
        found: dict[str, VolumeFile] = {}
        parts = source.get("sources") or () if kind == "projected" else [{kind: source}]
        for part in parts:
            for file in self._read_part(part, _MODE if mode is None else int(mode)):
                found[file.path] = file  # of two files of one name the later one stays, as in Kubernetes
        _refuse_files_in_files(found, str(volume["name"]))
        return tuple(found.values())

    def _read_part(self, part: Mapping[str, Any], mode: int) -> list[VolumeFile]:
        if "configMap" in part:
            return self._entries("ConfigMap", part["configMap"], str(part["configMap"].get("name", "")), mode)
        if "secret" in part:
            source = part["secret"]
            return self._entries("Secret", source, str(source.get("secretName") or source.get("name") or ""), mode)
        if "downwardAPI" in part:
            return [self._downward(item, mode) for item in (part["downwardAPI"] or {}).get("items") or ()]
        if "serviceAccountToken" in part:
            return []  # there is no API server that would give or take one
        raise InvalidInput("cannot be projected", subject=", ".join(part))

    def _entries(self, kind: str, source: Mapping[str, Any], name: str, mode: int) -> list[VolumeFile]:
        optional = bool(source.get("optional"))
        entries = self._sources.find(kind, self._fields.metadata["namespace"], name)
        if entries is None:
            if optional:
                return []
            raise NotFound(f"there is no {kind} {name}", hint="add its document, or play it first")
        items = source.get("items")
        if not items:
            return [_file(key, content, mode=mode) for key, content in entries.items()]
        found = []
        for item in items:
            content = entries.get(str(item["key"]))
            if content is None:
                if optional:
                    continue
                raise NotFound(f"{kind} {name} has no key {item['key']}")
            own = item.get("mode")
            found.append(_file(str(item["path"]), content, mode=mode if own is None else int(own)))
        return found

    def _downward(self, item: Mapping[str, Any], mode: int) -> VolumeFile:
        own = item.get("mode")
        if "fieldRef" in item:
            text = self._fields.get(str(item["fieldRef"]["fieldPath"]))
        else:
            reference = item["resourceFieldRef"]
            container = self._containers.get(str(reference.get("containerName", "")))
            if container is None:
                raise NotFound(f"no container {reference.get('containerName')} in the pod", subject=str(item["path"]))
            text = resource_value(
                container, str(reference["resource"]), reference.get("divisor"), node=self._sources.node_resources
            )
        return _file(str(item["path"]), text.encode(), mode=mode if own is None else int(own))


def _refuse_files_in_files(files: Mapping[str, VolumeFile], volume: str) -> None:
    for path in files:
        above = path
        while above := above.rpartition("/")[0]:
            if above in files:
                raise InvalidInput(f"it is a file, so there is no {path} in it", subject=f"{above} in volume {volume}")


def _file(path: str, content: bytes, *, mode: int) -> VolumeFile:
    """Return a file of a volume, wherever its path comes from. Raises InvalidInput if it leads out of it."""
    return VolumeFile(path=clean_relative_path(path), content=content, mode=mode)
