"""What a RUN in a chroot is shown, as mounts of its own namespace, or put into its root where nothing can be mounted."""

from __future__ import annotations

import os
from contextlib import ExitStack

from pycman.build.execute.run_mounts import run_folder
from pycman.containers.bundle.etc_files import host_resolv, hosts_text, resolv_text
from pycman.containers.networks.etc_networks import NetworkNames
from pycman.contexts import contextmanager
from pycman.errors import Unsupported
from pycman.linux.files import make_directory, read_text, remove_tree
from pycman.linux.folder import Folder
from pycman.linux.root_mounts import RootMount
from pycman.spec.container import ContainerSpec
from pycman.spec.mount import Mount
from pycman.spec.network_attachment import NetworkMode
from pycman.storage.scratch import scratch_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pycman.build.execute.root import Root
    from pycman.build.options import RunOptions
    from pycman.state.session import Session

_NO_EFFECT = frozenset(("ro", "rw", "rbind", "bind", "private", "rprivate", "z", "Z"))
"""Of binds: the namespace is private in any case, and labels are the container's around it."""


@contextmanager
def etc_files(session: Session, run: RunOptions) -> Iterator[tuple[Mount, ...]]:
    """Yield hosts and resolv.conf as mounts: copies of this host's, with --add-host and --dns, which a step may change."""
    spec = ContainerSpec(
        image="build",
        network=NetworkMode(kind="host"),
        extra_hosts=run.extra_hosts,
        dns=run.dns,
        dns_search=run.dns_search,
        dns_options=run.dns_options,
    )
    texts = {"resolv.conf": resolv_text(spec, NetworkNames(), host=host_resolv())}
    if not run.no_hosts:
        texts["hosts"] = hosts_text(spec, "", NetworkNames(), base=read_text("/etc/hosts"))
    with run_folder(session) as folder, Folder(folder) as written:
        yield tuple(
            Mount(kind="bind", source=written.write(name, text), target=f"/etc/{name}") for name, text in texts.items()
        )


class ChrootMounts:
    """The mounts of one RUN. Use it with `with`: afterwards nothing of what was placed in the root is left there."""

    def __init__(self, session: Session, mounts: Sequence[Mount], root: Root) -> None:
        self._session = session
        self._mounts = mounts
        self._root = root
        self._exits = ExitStack()
        self.targets = [mount.target for mount in mounts]

    def __enter__(self) -> ChrootMounts:
        return self

    def __exit__(self, *_error: object) -> None:
        self._exits.close()

    def binds(self) -> tuple[RootMount, ...]:
        """Return them as mounts of a namespace."""
        found = []
        for mount in self._mounts:
            if mount.kind == "tmpfs":
                found.append(RootMount(target=mount.target, data=",".join(("mode=1777", *mount.options))))
                continue
            source, inside = (self._copied(mount), "") if "O" in mount.options else (mount.source, mount.subpath)
            found.append(
                RootMount(
                    target=mount.target, source=source, inside=inside, options=("ro",) if _is_read_only(mount) else ()
                )
            )
        return tuple(found)

    def place(self) -> None:
        """Put everything into the root. Raises Unsupported for what cannot be there without a mount."""
        from pycman.build.execute.placed import Placed  # only where nothing can be mounted

        placed = self._exits.enter_context(Placed(self._root.path, scratch_path(self._session, "aside")))
        placed.devices()
        for mount in self._mounts:
            if mount.kind == "tmpfs":
                placed.directory(mount.target)
            elif mount.source.startswith(f"{self._session.paths.build_mounts}/"):
                lock = self._session.paths.lock("build-mount-moved", os.path.basename(mount.source))
                placed.moved(mount.source, mount.target, lock)
            elif (
                _is_read_only(mount) or "O" in mount.options or mount.source.startswith(self._session.paths.build_files)
            ):
                placed.copied(mount.source, mount.subpath, mount.target)
            else:
                raise Unsupported(
                    "nothing can be mounted here, so it can only be read", subject=f"--volume {mount.source}",
                    hint="add :ro",
                )  # fmt: skip

    def _copied(self, mount: Mount) -> str:
        """Return a copy of a bind's source whose changes are dropped: where containers get an overlay."""
        from pycman.build.execute.placed import copy_into  # only for RUN --mount=type=bind,rw

        base = scratch_path(self._session, "build")
        make_directory(base, 0o700)
        self._exits.callback(remove_tree, base)
        folder = os.open(base, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            copy_into(mount.source, mount.subpath, folder, "copy")
        finally:
            os.close(folder)
        return f"{base}/copy"


def root_mounts(session: Session, mounts: Sequence[Mount], root: Root) -> ChrootMounts:
    """Return the mounts of a RUN in `root`. Raises Unsupported for kinds and options that only containers have."""
    for mount in mounts:
        if mount.kind not in ("bind", "tmpfs"):
            raise Unsupported("only containers have it", subject=f"--isolation chroot, mount of type {mount.kind}")
        odd = [option for option in mount.options if mount.kind == "bind" and option not in (*_NO_EFFECT, "O")]
        if odd:
            raise Unsupported("only containers have it", subject=f"--isolation chroot, mount option {odd[0]}")
    return ChrootMounts(session, mounts, root)


def _is_read_only(mount: Mount) -> bool:
    return mount.read_only or "ro" in mount.options
