"""Why a container's user may not use a mount, in ids of the host and of the container, and the one flag that fixes it.

    host ── base map (rootless: the user is 0, subordinate ids 1, 2, …) ──▶ pycman's namespace ── id map ──▶ container

`explain` is pure; `diagnose_mounts` reads the owners and modes of mounts. A file's owner is known in pycman's namespace
(`shown`), the process's user in the container (`inside`), and messages show the host's ids too.
"""

from __future__ import annotations

import os
import stat

from pycman.containers.diagnose.command_check import Finding
from pycman.containers.users import UserIds, lookup_user, process_user
from pycman.errors import PycmanError
from pycman.jsontext import parse_json
from pycman.linux.open_below import read_below
from pycman.linux.user.namespaces import current_id_map
from pycman.record import Record
from pycman.spec.id_map import IdMap, map_id, unmap_id
from pycman.storage.layers import layer_paths
from pycman.volumes.use import SYSTEM_DIRECTORIES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pycman.spec.container import ContainerSpec
    from pycman.spec.mount import Mount
    from pycman.state.session import Session

_OVERFLOW_ID = 65534
"""What the kernel shows for an owner that the namespace has no id for (user_namespaces(7)); a real id as well."""


class MountSource(Record):
    """What is mounted: `uid` and `gid` of its owner in pycman's namespace, -1 for an owner that has no id there.

    `mode` is st_mode, with the file's type; `path` is on the host, `target` in the container.
    """

    target: str
    path: str
    uid: int
    gid: int
    mode: int
    is_volume: bool = False
    read_only: bool = False


class Viewer(Record):
    """The container's user and id map, and the user who runs pycman with the map of pycman's namespace.

    `base` maps ids of pycman's namespace (container_id) to the host's (host_id); empty as root.
    """

    user: UserIds
    id_map: IdMap = IdMap()
    base: IdMap = IdMap()
    rootless: bool = False
    host_uid: int = 0
    host_gid: int = 0
    overrides: bool = True
    """Whether uid 0 of the container keeps CAP_DAC_OVERRIDE."""


def explain(source: MountSource, viewer: Viewer) -> Finding | None:
    """Return why the container's user may not use a mount, or None if it may.

    A directory must be readable, and writable unless it is mounted read-only; a file must be readable.
    """
    directory = stat.S_ISDIR(source.mode)
    needed = (7 if not source.read_only else 5) if directory else 4
    if may_use(source, viewer, needed):
        return None
    verb = "write to" if needed & 2 and may_use(source, viewer, needed & ~2) else "read"
    user = viewer.user
    text = (
        f"the container's user {_name(user)} may not {verb} {source.target}: {source.path} belongs to"
        f" {_owner_text(source, viewer)} (mode {stat.S_IMODE(source.mode):04o})"
    )
    return Finding(reference="mount-ownership", text=text, fix=_fix(source, viewer))


def _name(user: UserIds) -> str:
    return f"{user.name} (uid {user.uid})" if user.name else f"uid {user.uid}"


def may_use(source: MountSource, viewer: Viewer, needed: int) -> bool:
    """Say whether the container's user has the permission bits `needed` (4 read, 2 write, 1 search), ACLs aside."""
    uid, gid = inside(viewer.id_map.uids, source.uid, viewer), inside(viewer.id_map.gids, source.gid, viewer)
    user = viewer.user
    if user.uid == 0 and viewer.overrides and uid is not None and gid is not None:
        return True
    if uid == user.uid:
        bits = source.mode >> 6
    elif gid is not None and gid in (user.gid, *user.extra_gids):
        bits = source.mode >> 3
    else:
        bits = source.mode
    return bits & needed == needed


def inside(ranges: tuple[Any, ...], shown: int, viewer: Viewer) -> int | None:
    """Return the container's id for an id of pycman's namespace, or None if the container has none for it."""
    if shown < 0 or (viewer.rootless and map_id(viewer.base.uids, shown) is None):
        return None
    return unmap_id(ranges, shown)


def _owner_text(source: MountSource, viewer: Viewer) -> str:
    in_container = inside(viewer.id_map.uids, source.uid, viewer)
    host = _host_uid(source, viewer)
    owner = f"uid {host} on the host" if host is not None else "an owner outside of your subordinate ids"
    if viewer.rootless and host == viewer.host_uid:
        owner = f"you (uid {host} on the host)"
    return f"{owner}, which {f'is uid {in_container}' if in_container is not None else 'has no id'} in the container"


def _host_uid(source: MountSource, viewer: Viewer) -> int | None:
    if source.uid < 0:
        return None
    return map_id(viewer.base.uids, source.uid) if viewer.base.uids else source.uid


def _fix(source: MountSource, viewer: Viewer) -> str:
    """Return the one flag (or host command) that lets this user use this mount."""
    if os.path.normpath(source.path) in SYSTEM_DIRECTORIES:
        return "mount a directory of your own: pycman does not change the owner of a system directory"
    user = viewer.user
    own = viewer.rootless and _host_uid(source, viewer) == viewer.host_uid
    if source.is_volume:
        return _chown_flag(source)
    if viewer.rootless and inside((), source.uid, viewer) is None:
        return f"take ownership of it on the host: sudo chown -R {viewer.host_uid}:{viewer.host_gid} {source.path}"
    if own and not (source.mode >> 6) & 2 and not source.read_only:
        return f"give yourself write permission: chmod u+w {source.path}"
    if own and user.uid == viewer.host_uid and user.gid == viewer.host_gid:
        return "add --userns=keep-id"
    if own:
        return f"add --userns=keep-id:uid={user.uid},gid={user.gid}"
    if not viewer.rootless and viewer.id_map.uids and user.uid in (source.uid, 0):
        return f"add the option idmap: -v {source.path}:{source.target}:idmap"
    return _chown_flag(source)


def _chown_flag(source: MountSource) -> str:
    name = source.path.removesuffix("/_data").rpartition("/")[2] if source.is_volume else source.path
    return f"add the option U, which changes its owner to the container's user: -v {name}:{source.target}:U"


def diagnose_mounts(session: Session, row: Mapping[str, Any], spec: ContainerSpec) -> list[Finding]:
    """Return a finding for each bind and volume that the container's user may not use.

    Mounts that cannot be read are skipped.
    """
    mounts = [mount for mount in spec.mounts if mount.kind in ("bind", "volume") and "U" not in mount.options]
    if not mounts:
        return []
    session.enter_namespaces()
    sources = [source for mount in mounts if (source := _source(session, mount)) is not None]
    if not sources:
        return []
    viewer = _viewer(session, row, spec)
    if viewer is None:
        return []
    return [finding for source in sources if (finding := explain(source, viewer)) is not None]


def _source(session: Session, mount: Mount) -> MountSource | None:
    if "O" in mount.options or "idmap" in mount.options:
        return None
    path = session.paths.volume(mount.source) if mount.kind == "volume" else mount.source
    try:
        status = os.stat(path)
    except OSError:
        return None
    unmapped = session.rootless and status.st_uid == _OVERFLOW_ID and not _has_mapped_owner(path)
    return MountSource(
        target=mount.target,
        path=path,
        uid=-1 if unmapped else status.st_uid,
        gid=-1 if unmapped and status.st_gid == _OVERFLOW_ID else status.st_gid,
        mode=status.st_mode,
        is_volume=mount.kind == "volume",
        read_only=mount.read_only,
    )


def _has_mapped_owner(path: str) -> bool:
    """Say whether a path's owner has an id in this namespace: only then does open(2) allow O_NOATIME to its root."""
    try:
        os.close(os.open(path, os.O_RDONLY | os.O_NOATIME | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC))
    except PermissionError:
        return False
    except OSError:
        return True
    return True


def _viewer(session: Session, row: Mapping[str, Any], spec: ContainerSpec) -> Viewer | None:
    user = user_of(session, row, spec)
    if user is None:
        return None
    dropped = {name.upper().removeprefix("CAP_") for name in spec.security.cap_drop}
    added = {name.upper().removeprefix("CAP_") for name in spec.security.cap_add}
    keeps = not dropped & {"ALL", "DAC_OVERRIDE"} or bool(added & {"ALL", "DAC_OVERRIDE"})
    return Viewer(
        user=user,
        id_map=IdMap.from_dict(parse_json(row["id_map"])),
        base=current_id_map() if session.rootless else IdMap(),
        rootless=session.rootless,
        host_uid=session.user.uid,
        host_gid=session.user.gid,
        overrides=keeps or bool(spec.security.privileged),
    )


def user_of(session: Session, row: Mapping[str, Any], spec: ContainerSpec) -> UserIds | None:
    """Return the user of a container's process, None if its name is in no passwd file.

    If its root is not mounted, the topmost layer with a passwd file is read.
    """
    text = process_user(session, spec)
    for root in _roots(session, row, spec):
        if read_below(root, "etc/passwd", limit_bytes=1) is not None:
            try:
                return lookup_user(root, text, spec.group_add, spec.groups_policy)
            except PycmanError:
                return None
    uid, _, gid = text.partition(":")
    if (uid or "0").isdecimal() and (gid or "0").isdecimal():
        return UserIds(uid=int(uid or "0"), gid=int(gid or "0"))
    return None


def _roots(session: Session, row: Mapping[str, Any], spec: ContainerSpec) -> list[str]:
    if spec.rootfs:
        return [spec.rootfs]
    merged = session.paths.merged(row["id"])
    if os.path.ismount(merged):
        return [merged]
    layers = layer_paths(session, parse_json(row["layer_names"]))
    return [path for path in (session.paths.upper(row["id"]), *layers) if os.path.isdir(path)]
