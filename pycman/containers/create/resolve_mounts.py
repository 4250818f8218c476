"""Decide which mounts a new container has. Anonymous volumes get names, sources become absolute, targets are unique:

the user's mounts  >  --volumes-from  >  the image's VOLUMEs
"""

from __future__ import annotations

import os

from pycman.containers.catalogue import get_row, spec_of
from pycman.containers.create.generated_names import new_id
from pycman.errors import InvalidInput, Unsupported
from pycman.spec.container import check_name
from pycman.spec.mount import Mount
from pycman.spec.mount_text import check_access

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pycman.spec.container import ContainerSpec
    from pycman.state.session import Session


_FROM_OPTIONS = frozenset(("ro", "rw", "z", "Z"))


class ResolvedMounts:
    """`mounts` in order; `anonymous` names the volumes created for this container, `volumes` all that it uses."""

    def __init__(self) -> None:
        self.mounts: list[Mount] = []
        self.anonymous: set[str] = set()

    @property
    def volumes(self) -> list[str]:
        """Return the names of the volumes, each once."""
        return list(dict.fromkeys(mount.source for mount in self.mounts if mount.kind == "volume"))


def resolve_mounts(session: Session, spec: ContainerSpec) -> ResolvedMounts:
    """Return the mounts of a new container: the user's first, then those of --volumes-from, then the image's VOLUMEs.

    Raises InvalidInput for two of the user's mounts on one target, a relative target or a missing source; NotFound for
    a container of --volumes-from and a part of an image that is not there.
    """
    resolved = ResolvedMounts()
    targets: set[str] = set()
    shared = _volumes_from(session, spec)
    own = [each for mount in spec.mounts if not mount.from_image for each in _matching(mount)]
    from_image = [mount for mount in spec.mounts if mount.from_image]
    for group, may_repeat in ((own, False), (shared, True), (from_image, True)):
        for mount in group:
            target = os.path.normpath(mount.target)
            if not target.startswith("/"):
                raise InvalidInput("a mount's target must be an absolute path", subject=mount.target)
            if target == "/" and mount.kind != "image":
                raise InvalidInput("nothing can be mounted over the root directory", subject=mount.target)
            if target in targets:
                if may_repeat:
                    continue
                raise InvalidInput(
                    "two mounts have the same target", subject=mount.target, code="duplicate-mount-target"
                )
            targets.add(target)
            resolved.mounts.append(_resolve(session, mount.replace(target=target), resolved))
    return resolved


def _matching(mount: Mount) -> list[Mount]:
    """Return a mount alone, or for one of type glob a bind of each path that matches, in its target ("": at its own path).

    Raises InvalidInput if none does.
    """
    if mount.kind != "glob":
        return [mount]
    import glob  # 10 ms, only imported for mounts of type glob

    paths = sorted(glob.glob(mount.source))
    if not paths:
        raise InvalidInput("no file paths match the glob", subject=mount.source, code="glob-matches-nothing")
    return [
        mount.replace(
            kind="bind",
            source=path,
            target=os.path.join(mount.target, os.path.basename(path)) if mount.target else os.path.abspath(path),
        )
        for path in paths
    ]


def _resolve(session: Session, mount: Mount, resolved: ResolvedMounts) -> Mount:
    """Return a mount with its source: a new name for an anonymous volume, an absolute path for a bind."""
    if mount.kind == "volume":
        if not mount.source:
            name = new_id()
            resolved.anonymous.add(name)
            return mount.replace(source=name)
        check_name(mount.source, noun="volume")
    if mount.kind == "bind":
        source = os.path.abspath(mount.source)
        if not os.path.lexists(source) and not mount.create_source:
            raise InvalidInput(
                "the bind source does not exist",
                subject=mount.source,
                hint=f"create it with mkdir -p {source}",
                code="no-bind-source",
            )
        return mount.replace(source=source)
    if mount.kind == "tmpfs" and "noswap" in mount.options and session.rootless:
        raise Unsupported(
            "only root may keep a tmpfs from being swapped out",
            subject=f"{mount.target}: noswap",
            hint="leave it out",
            code="rootless-noswap",
        )
    if mount.kind == "artifact":
        from pycman.containers.mounts.artifact import check_artifact  # only imported for containers with artifacts

        check_artifact(session, mount)
    if mount.kind == "image" and not mount.source:
        raise InvalidInput("an image mount needs a source", subject=mount.target, hint="add source=IMAGE")
    if mount.kind == "image" and mount.subpath:
        from pycman.images.subpath import check_subpath  # only imported for a part of an image

        check_subpath(session, mount.source, mount.subpath)
    return mount


def _volumes_from(session: Session, spec: ContainerSpec) -> list[Mount]:
    """Return the volumes and binds of the containers in --volumes-from ("name[:ro|rw|z]"). Raises NotFound."""
    mounts: list[Mount] = []
    for entry in spec.volumes_from:
        name, _, options = entry.partition(":")
        words = [word for word in options.split(",") if word]
        if not set(words) <= _FROM_OPTIONS:
            hint = "write it as NAME[:ro]"
            raise InvalidInput("unknown option", subject=f"--volumes-from {entry}", hint=hint)
        force_read_only = check_access(words, f"--volumes-from {entry}")
        mounts += [
            mount.replace(read_only=mount.read_only or force_read_only, from_image=False)
            for mount in spec_of(get_row(session, name)).mounts
            if mount.kind in ("bind", "volume")
        ]
    return mounts


def describe_mounts(session: Session, mounts: list[Mount]) -> list[dict[str, Any]]:
    """Return mounts as `inspect` and `ps` show them."""
    described = []
    for mount in mounts:
        if mount.kind in ("tmpfs", "ramfs", "devpts", "mqueue"):
            continue
        entry: dict[str, Any] = {"type": mount.kind, "source": mount.source, "destination": mount.target}
        if mount.kind == "volume":
            entry.update(
                name=mount.source, source=session.paths.volume(mount.source), driver=mount.volume_driver or "local"
            )
        if mount.subpath:
            entry["subpath"] = mount.subpath
        entry["mode"] = ",".join(option for option in mount.options if option in ("z", "Z"))
        entry["options"] = list(mount.options)
        entry["rw"] = "rw" in mount.options if mount.kind == "image" else not mount.read_only
        entry["propagation"] = mount.propagation or ("rprivate" if mount.kind == "bind" else "")
        described.append(entry)
    return described
