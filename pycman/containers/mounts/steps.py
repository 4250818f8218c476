"""The mounts a start makes on the host: the root's overlay, volumes, images, /dev/shm; as steps that can be undone.

Every mount is below the container's own directories (or counted by `volumes.use`), so that undoing them after a kill needs only
the container's id (`mounted.py`).
"""

from __future__ import annotations

import os
import stat

from pycman.containers.catalogue import row_of, spec_of
from pycman.containers.mounts.mounted import MountedExtras
from pycman.containers.users import lookup_user, process_user
from pycman.errors import InvalidInput, NotFound
from pycman.jsontext import is_utf8, parse_json
from pycman.linux.files import descriptor_path, make_directory
from pycman.linux.folder import Folder
from pycman.linux.mounts import bind, mount_tmpfs, restrict, unmount_below
from pycman.linux.mtab import link_mtab
from pycman.linux.open_below import directory_below, is_proc, make_below, path_below, resolved_below
from pycman.runtime.bundle_input import RuntimeMount
from pycman.spec.id_map import IdMap, map_id
from pycman.spec.mount import Mount
from pycman.storage.driver import choose_driver, driver_named

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from typing import Any

    from pycman.spec.container import ContainerSpec
    from pycman.state.session import Session

_ENGINE_OPTIONS = frozenset(
    ("z", "Z", "U", "copy", "nocopy", "idmap", "O", "rw", "ro", "delegated", "cached", "consistent", "no-dereference")
)


def pod_volume(session: Session, pod_id: str, name: str, *, infra_id: str = "") -> str:
    """Return the path of a pod's own volume: with `infra_id` one in memory, mounted by this infra container."""
    base = f"{session.paths.bundle(infra_id)}/volumes" if infra_id else f"{session.paths.pod(pod_id)}/volumes"
    return f"{base}/{name}"


class MountRoot:
    """The step that mounts the container's root, image layers and writable layer, at containers/ID/merged."""

    def __init__(self, session: Session, row: Mapping[str, Any], spec: ContainerSpec) -> None:
        self._session = session
        self._row = row
        self._spec = spec

    def describe(self) -> str:
        """Return a description of the step."""
        return f"mount {self._session.paths.merged(self._row['id'])}"

    def do(self) -> None:
        """Mount the root, unless it is mounted already (by `pycman mount`)."""
        if self._spec.bare_root:
            return
        root = mount_root(self._session, self._row, self._spec)
        if self._row["purpose"] != "build":
            link_mtab(root)

    def undo(self) -> None:
        """Unmount the root."""
        unmount_below(self._session.paths.merged(self._row["id"]))


def mount_root(session: Session, row: Mapping[str, Any], spec: ContainerSpec | None = None) -> str:
    """Mount a container's root file system if it is not mounted, and return its path. `spec` is that of the row, where the caller has it."""
    paths = session.paths
    merged = paths.merged(row["id"])
    if not os.path.ismount(merged):
        spec = spec or spec_of(row)
        lowers = [paths.layer(name) for name in parse_json(row["layer_names"])]
        lowers = lowers or [path for path in (spec.rootfs,) if path]
        make_directory(paths.work(row["id"]))
        driver = driver_named(session, row["driver"])
        driver.mount(lowers, paths.upper(row["id"]), paths.work(row["id"]), merged, options=_label_option(spec))
        if spec.security.mount_label and driver.name == "copies":
            from pycman.containers.mounts.labels import label_copies  # only on hosts with SELinux

            label_copies(spec, merged)
    return merged


def _label_option(spec: ContainerSpec) -> str:
    """Return the mount option with the container's SELinux label; "" without one."""
    if not spec.security.mount_label:
        return ""
    from pycman.containers.mounts.labels import label_option  # only on hosts with SELinux

    return label_option(spec)


class MountExtras(MountedExtras):
    """The step that mounts volumes, images, overlay binds and /dev/shm, and collects the runtime's mounts in `found`."""

    def __init__(self, session: Session, row: Mapping[str, Any], spec: ContainerSpec) -> None:
        super().__init__(session, row, spec)
        self._id_map = IdMap.from_dict(parse_json(row["id_map"]))
        self.found: list[RuntimeMount] = []

    def do(self) -> None:
        """Make the mounts that must be made on the host, and collect those for the runtime."""
        self._shm()
        for number, mount in enumerate(self._spec.mounts):
            self._refuse_disguised(mount)
            self.found += self._runtime_mounts(mount, number)

    def _refuse_disguised(self, mount: Mount) -> None:
        """Raise InvalidInput for a mount that the image leads into /proc, by a VOLUME or a link: who mounts there by name may do so.

        The runtime would write the container's labels and parameters into files of the image (CVE-2019-16884, CVE-2019-19921).
        """
        if mount.kind == "held" or (is_proc(mount.target) and not mount.from_image):
            return
        root = self._spec.bare_root or self._session.paths.merged(self._row["id"])
        if is_proc(mount.target) or is_proc(resolved_below(root, mount.target)):
            what = "the image has a VOLUME" if mount.from_image else "a link of the image leads"
            hint = "use --image-volume=ignore" if mount.from_image else "use an image without that link"
            raise InvalidInput(
                f"{what} in /proc, where nothing of an image may be mounted", subject=mount.target, hint=hint
            )

    def fill(self, volumes: Collection[str]) -> None:
        """Copy what the image has at the mount points of these volumes into them; the root is mounted."""
        for mount in self._spec.mounts:
            if mount.kind == "volume" and mount.source in volumes and "nocopy" not in mount.options:
                self._copy_up(mount)

    def _shm(self) -> None:
        mode = self._spec.ipc_mode
        if mode.kind in ("host", "none", "private"):
            return  # the runtime mounts it, or there is none
        source = f"{self._bundle}/shm"
        if mode.kind == "container":
            donor = self._ipc_donor(mode.value)
            source = f"{self._session.paths.bundle(donor)}/shm" if donor else "/dev/shm"
        elif not os.path.ismount(source):
            size = DEFAULT_SHM_BYTES if self._spec.shm_size_bytes is None else self._spec.shm_size_bytes
            make_directory(source)
            mount_tmpfs(source, f"mode=1777,size={size}{self._root_ids()}{self._label()}")
        if not any(mount.target == "/dev/shm" for mount in self._spec.mounts):
            self.found.append(RuntimeMount(kind="bind", source=source, target="/dev/shm", options=("bind", "nosuid", "noexec", "nodev")))  # fmt: skip

    def _ipc_donor(self, container_id: str) -> str:
        """Return the container that the ipc namespace of `container_id` belongs to; "" is the host."""
        mode = spec_of(row_of(self._session, container_id)).ipc_mode
        while mode.kind == "container":
            container_id = mode.value
            mode = spec_of(row_of(self._session, container_id)).ipc_mode
        return "" if mode.kind == "host" else container_id

    def _label(self) -> str:
        option = _label_option(self._spec)
        return f",{option}" if option else ""

    def _root_ids(self) -> str:
        if not self._id_map.uids:
            return ""
        return f",uid={map_id(self._id_map.uids, 0)},gid={map_id(self._id_map.gids, 0)}"

    def _runtime_mounts(self, mount: Mount, number: int) -> list[RuntimeMount]:
        if mount.kind == "volume":
            return [self._bind(self._restricted(self._volume(mount, number), mount, number), mount)]
        if mount.kind == "image":
            return [self._bind(self._image(mount, number), mount.replace(read_only="rw" not in mount.options))]
        if mount.kind == "bind":
            if "no-dereference" in mount.options and os.path.islink(mount.source):
                make_link(self._spec.bare_root or self._session.paths.merged(self._row["id"]), mount)
                return []
            source = bind_source(mount.source, create=mount.create_source)
            if "U" in mount.options:
                self._own(source)
            if self._spec.security.mount_label:
                from pycman.containers.mounts.labels import label_bind  # only on hosts with SELinux

                label_bind(self._session, self._spec, source, mount, in_build=self._row["purpose"] == "build")
            source = self._overlaid(source, number) if "O" in mount.options else source
            return [self._bind(self._restricted(self._subpath(source, mount, number), mount, number), mount)]
        if mount.kind == "artifact":
            return self._artifact(mount, number)
        if mount.kind == "held":
            self._mount_pod_volume(mount)
            return []
        options = tuple(option for option in mount.options if option not in _ENGINE_OPTIONS)
        access = ("ro",) if mount.read_only else ()
        return [RuntimeMount(kind=mount.kind, source=mount.kind, target=mount.target, options=options + access)]

    def _artifact(self, mount: Mount, number: int) -> list[RuntimeMount]:
        from pycman.containers.mounts.artifact import artifact_files  # only imported for containers with artifacts

        folder = f"{self._session.paths.container(self._row['id'])}/extra/{number}"
        make_directory(folder)
        root = self._spec.bare_root or self._session.paths.merged(self._row["id"])
        owner = map_id(self._id_map.uids, 0) or 0, map_id(self._id_map.gids, 0) or 0
        found = artifact_files(self._session, mount, f"{folder}/files", root, owner)
        if self._spec.security.mount_label:
            from pycman.containers.mounts.labels import label_copies  # only on hosts with SELinux

            label_copies(self._spec, f"{folder}/files")
        return [self._bind(path, Mount(kind="bind", target=target, read_only=True)) for path, target in found]

    def _volume(self, mount: Mount, number: int) -> str:
        from pycman.volumes.use import use_volume  # 1 ms, only for containers with volumes

        path = use_volume(self._session, mount.source, self._row["id"])
        if "nocopy" not in mount.options and not self._spec.rootfs:
            self._copy_up(mount)
        if "U" in mount.options:
            self._own(path)
        if self._spec.security.mount_label:
            from pycman.containers.mounts.labels import label_volume  # only on hosts with SELinux

            label_volume(self._spec, path, mount)
        return self._subpath(path, mount, number)

    def _mount_pod_volume(self, mount: Mount) -> None:
        """Mount a tmpfs that members of the pod bind (`pod_volume`); it is removed with the bundle."""
        path = pod_volume(self._session, self._row["pod_id"], mount.source, infra_id=self._row["id"])
        if not os.path.ismount(path):
            make_directory(os.path.dirname(path), 0o700)
            make_directory(path)
            mount_tmpfs(path, ",".join(mount.options) + self._root_ids() + self._label())

    def _copy_up(self, mount: Mount) -> None:
        from pycman.volumes.use import copy_up  # 1 ms, only for containers with volumes

        inside = directory_below(self._session.paths.merged(self._row["id"]), mount.target)
        try:
            copy_up(
                self._session,
                mount.source,
                descriptor_path(inside) if inside is not None else "",
                container_id=self._row["id"],
                owner=self._user_outside,
            )
        finally:
            if inside is not None:
                os.close(inside)

    def _own(self, path: str) -> None:
        from pycman.volumes.use import own_volume  # 1 ms, only for containers with volumes

        own_volume(path, *self._user_outside())

    def _user_outside(self) -> tuple[int, int]:
        """Return uid and gid of the container's user outside its user namespace."""
        user = lookup_user(self._session.paths.merged(self._row["id"]), process_user(self._session, self._spec))
        return map_id(self._id_map.uids, user.uid) or 0, map_id(self._id_map.gids, user.gid) or 0

    def _subpath(self, path: str, mount: Mount, number: int) -> str:
        """Bind the subpath of a mount's source below the bundle and return that path. It is opened inside the source, so that no
        link leads out of it. Raises NotFound.
        """
        subpath = mount.subpath
        if not subpath:
            return path if is_utf8(path) else self._below_bundle(os.open(path, os.O_PATH | os.O_CLOEXEC), number)
        descriptor = path_below(path, subpath)
        if descriptor is None and mount.create_source and not mount.read_only:
            make_below(path, subpath)
            descriptor = path_below(path, subpath)
        if descriptor is None:
            raise NotFound("no such path in the mount's source", subject=subpath)
        return self._below_bundle(descriptor, number)

    def _below_bundle(self, descriptor: int, number: int) -> str:
        """Bind an open file or directory below the bundle, close it and return that path, which the runtime can be told."""
        try:
            target = f"{self._bundle}/subpath-{number}"
            if not os.path.lexists(target):
                with Folder(self._bundle) as bundle:
                    is_directory = stat.S_ISDIR(os.fstat(descriptor).st_mode)
                    (bundle.make_directory if is_directory else bundle.make_file)(f"subpath-{number}")
            if not os.path.ismount(target):
                bind(descriptor_path(descriptor), target)
        finally:
            os.close(descriptor)
        return target

    def _restricted(self, source: str, mount: Mount, number: int) -> str:
        """Return a copy of a writable bind with its nosuid, nodev and noexec, for a user namespace: there crun 1.8 leaves them out."""
        names = {"nosuid", "nodev", "noexec"}.intersection(mount.options)
        is_private = mount.propagation in ("", "private", "rprivate")
        if not names or mount.read_only or not self._id_map.uids or not is_private:
            return source
        target = f"{self._bundle}/subpath-{number}"
        if source != target:
            self._below_bundle(os.open(source, os.O_PATH | os.O_CLOEXEC), number)
        restrict(target, names)
        return target

    def _image(self, mount: Mount, number: int) -> str:
        from pycman.images.transfer.ensure_image import ensure_image  # 1 ms, only imported for mounted images
        from pycman.storage.layers import ensure_image_layers, layer_paths  # the same

        image = ensure_image(self._session, mount.source, policy="missing", platform="")
        target = f"{self._bundle}/image-{number}"
        make_directory(target)
        if not os.path.ismount(target):
            names = ensure_image_layers(self._session, image.id, self._id_map)
            upper, work = self._writable_layer(number) if "rw" in mount.options else ("", "")
            layers = layer_paths(self._session, names)
            choose_driver(self._session).mount(layers, upper, work, target, options=_label_option(self._spec))
        return self._subpath(target, mount, number)

    def _overlaid(self, source: str, number: int) -> str:
        upper, work = self._writable_layer(number)
        merged = f"{os.path.dirname(upper)}/merged"
        make_directory(merged)
        if not os.path.ismount(merged):
            choose_driver(self._session).mount([source], upper, work, merged, options=_label_option(self._spec))
        return merged

    def _writable_layer(self, number: int) -> tuple[str, str]:
        """Return the upper and work directories of a mount's own layer, which goes with the container."""
        base = f"{self._session.paths.container(self._row['id'])}/extra/{number}"
        for part in ("upper", "work"):
            make_directory(f"{base}/{part}")
        return f"{base}/upper", f"{base}/work"

    def _bind(self, source: str, mount: Mount) -> RuntimeMount:
        given = [option for option in mount.options if option not in _ENGINE_OPTIONS]
        kind = "bind" if "bind" in given else "rbind"
        flags = _mount_flags(source)
        read_only = mount.read_only or bool(flags & os.ST_RDONLY)
        options = [kind, *(option for option in given if option not in ("bind", "rbind")), "ro" if read_only else "rw"]
        options += [name for name, flag in _KEPT_FLAGS.items() if flags & flag and not {name, name[2:]} & set(given)]
        options.append(mount.propagation or "rprivate")
        if "idmap" in mount.options:
            options.append("idmap")
        return RuntimeMount(kind="bind", source=source, target=mount.target, options=tuple(options))


def make_link(root: str, mount: Mount) -> None:
    """Make the link that is the source of a bind again at its target: what cannot be mounted. Raises InvalidInput if something is there."""
    above, _, name = mount.target.rpartition("/")
    path = f"{resolved_below(root, above)}/{name}".lstrip("/")
    with Folder(root, make=False) as folder:
        there = folder.status(path)
        if there is not None and not stat.S_ISLNK(there.st_mode):
            raise InvalidInput(
                "there is no link in the container, and no-dereference makes one",
                subject=mount.target,
                hint="choose another target",
            )
        folder.link(path, os.readlink(mount.source))


_KEPT_FLAGS = {"nosuid": os.ST_NOSUID, "nodev": os.ST_NODEV, "noexec": os.ST_NOEXEC}


def _mount_flags(path: str) -> int:
    """Return the flags of the mount that a bind's source lies on (statvfs(3)).

    They are said to the runtime again: with "rw" alone it would make a read-only bind writable, and crun drops all flags it is not told.
    """
    try:
        return os.statvfs(path).f_flag
    except OSError:
        return 0  # the runtime will report why it cannot be mounted


DEFAULT_SHM_BYTES = 64 * 1024 * 1024


def bind_source(path: str, *, create: bool) -> str:
    """Return the source of a bind; make a missing one as a directory if `create` (docker's -v), else raise NotFound."""
    if not os.path.lexists(path):
        if not create:
            raise NotFound(
                "the bind source does not exist",
                subject=path,
                hint=f"make it with mkdir -p {path}",
                code="no-bind-source",
            )
        make_directory(path, by_umask=True)
    return path
