"""Volumes of a pod, and the mounts of its containers (v1 Volume, VolumeMount). Pure."""

from __future__ import annotations

import os

from kube_yaml.quantity import whole_bytes
from kube_yaml.read.names import in_namespace
from kube_yaml.translate.files import KINDS, FileReader
from kube_yaml.translate.plans import FilesPlan, HostPath
from kube_yaml.translate.pull_policy import pull_policy
from pycman.errors import InvalidInput, NotFound, Unsupported
from pycman.spec.mount import Mount
from pycman.spec.pod import PodVolume

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

_PROPAGATION = {None: "", "None": "rprivate", "HostToContainer": "rslave", "Bidirectional": "rshared"}


class Volumes:
    """The volumes of one pod, sorted by what they need: own directories, files, host paths, claims, images; and a Mount of each."""

    def __init__(self, folder: str, reader: FileReader, gid: int) -> None:
        """`folder` is the directory of the YAML, for relative host paths; `gid` is the pod's fsGroup, -1 for none.

        `images` has the pull policy of each image that a volume shows, by reference.
        """
        self.own: list[PodVolume] = []
        self.files: list[FilesPlan] = []
        self.host_paths: list[HostPath] = []
        self.claims: list[str] = []
        self.images: dict[str, str] = {}
        self._folder = folder
        self._reader = reader
        self._gid = gid
        self._namespace = "default"
        self._mounts: dict[str, Mount] = {}

    def read(
        self, volumes: Sequence[Mapping[str, Any]], claim_names: Mapping[str, str], namespace: str = "default"
    ) -> None:
        """Read a pod's volumes. `claim_names` has the name of the engine's volume by claim; other claims are of the `namespace`.

        Raises NotFound, InvalidInput (from config maps and secrets), Unsupported (another type of volume).
        """
        self._namespace = namespace
        for volume in volumes:
            name = str(volume["name"])
            self._mounts[name] = self._mount_of(name, volume, claim_names)

    def _mount_of(self, name: str, volume: Mapping[str, Any], claim_names: Mapping[str, str]) -> Mount:
        if "hostPath" in volume:
            source = volume["hostPath"]
            path = os.path.normpath(os.path.join(self._folder, str(source["path"])))
            self.host_paths.append(HostPath(path=path, kind=str(source.get("type") or ""), where=f"volume {name}"))
            return Mount(kind="bind", source=path, target="")
        if "persistentVolumeClaim" in volume:
            source = volume["persistentVolumeClaim"]
            claim = str(source["claimName"])
            claim = claim_names.get(claim) or in_namespace(self._namespace, claim)
            self.claims.append(claim)
            return Mount(kind="volume", source=claim, target="", read_only=bool(source.get("readOnly")))
        if "image" in volume:
            source = volume["image"]
            reference = str(source["reference"])
            self.images[reference] = pull_policy(reference, source.get("pullPolicy"))
            return Mount(kind="image", source=reference, target="", read_only=True)
        if any(kind in volume for kind in KINDS):
            self.own.append(PodVolume(name=name, mode=0o755, gid=self._gid))
            self.files.append(FilesPlan(volume=name, files=self._reader.read(volume), gid=self._gid))
            return Mount(kind="pod", source=name, target="", read_only=True)
        if "ephemeral" in volume:
            self.own.append(PodVolume(name=name, gid=self._gid))
            return Mount(kind="pod", source=name, target="")
        source = volume.get("emptyDir")
        if source is None and len(volume) > 1:
            raise Unsupported(
                "volumes of this type are not supported", subject=", ".join(sorted(set(volume) - {"name"}))
            )
        source = source or {}
        size = whole_bytes(str(source["sizeLimit"])) if source.get("sizeLimit") is not None else 0
        memory = source.get("medium") == "Memory"
        mode = 0o777 if source.get("mode") is None else int(source["mode"])
        self.own.append(PodVolume(name=name, memory=memory, size_bytes=size if memory else 0, mode=mode, gid=self._gid))
        return Mount(kind="pod", source=name, target="")

    def mount(self, volume_mount: Mapping[str, Any], expand: Callable[[str], str]) -> Mount:
        """Return the Mount of a volumeMount; `expand` replaces $(VAR) in its subPathExpr.

        Raises NotFound (no such volume), InvalidInput (a subPath that leaves the volume).
        """
        name = str(volume_mount["name"])
        if name not in self._mounts:
            raise NotFound(f"the pod has no volume {name}", subject=str(volume_mount.get("mountPath", "")))
        target, _, suffix = str(volume_mount["mountPath"]).partition(":")
        subpath = str(volume_mount.get("subPath") or "") or expand(str(volume_mount.get("subPathExpr") or ""))
        if "\0" in subpath:
            raise InvalidInput(
                "a subPath cannot have the pod's address in it", subject=str(volume_mount["subPathExpr"])
            )
        if subpath.startswith("/") or ".." in subpath.split("/"):
            raise InvalidInput("a subPath must stay in its volume", subject=f"subPath: {subpath}")
        options = tuple(filter(None, suffix.split(",")))
        base = self._mounts[name]
        recursive = volume_mount.get("recursiveReadOnly") == "Enabled"
        return base.replace(
            target=target if target.startswith("/") else f"/{target}",  # as a kubelet does
            read_only=base.read_only or bool(volume_mount.get("readOnly")) or "ro" in options,
            options=(*(option for option in options if option not in ("ro", "rw")), *(("rro",) if recursive else ())),
            propagation=_PROPAGATION.get(volume_mount.get("mountPropagation"), ""),
            subpath=subpath,
            create_source=bool(subpath) and not base.read_only,
        )
