"""The library's API: `Engine.open()` gives `images`, `manifests`, `artifacts`, `containers`, `networks`, `volumes`, `secrets` and
`system`.

    Engine ──┬── containers  Containers ──▶ pycman/containers          each method passes the session to one
             ├── images      Images     ──▶ pycman/images              function of one room
             ├── manifests   Manifests  ──▶ pycman/images/lists
             ├── artifacts   Artifacts  ──▶ pycman/images/artifacts
             ├── networks    Networks   ──▶ pycman/network
             ├── volumes     Volumes    ──▶ pycman/volumes
             ├── secrets     Secrets    ──▶ pycman/secrets
             └── system      System     ──▶ pycman/system

An ordinary user's program gets `RemoteApi` objects with the same methods instead, whose work a worker process does
(pycman/worker). Every method imports its function when it is called, because `ps` must not pay for `pull`; that is the
reason for all imports inside functions of this folder.
"""

from __future__ import annotations

from pycman.state.session import Options, Session, User

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pycman.engine.artifacts import Artifacts
    from pycman.engine.containers import Containers
    from pycman.engine.images import Images
    from pycman.engine.manifests import Manifests
    from pycman.engine.networks import Networks
    from pycman.engine.secrets import Secrets
    from pycman.engine.system import System
    from pycman.engine.volumes import Volumes
    from pycman.worker.client import Worker

__all__ = ["Engine", "Options"]


class Engine:
    """A container engine for one user. Cheap to open: nothing is read or created before the first verb is called."""

    def __init__(self, session: Session, worker: Worker | None = None) -> None:
        self.session = session
        self._worker = worker

    def _remote(self, api: str) -> Any:
        """Return the API `api` as the worker serves it, or None if verbs run in this process."""
        if self._worker is None:
            return None
        from pycman.worker.client import RemoteApi  # only imported in programs of ordinary users

        return RemoteApi(self._worker, api)

    @classmethod
    def open(
        cls,
        *,
        root: str = "",
        run_root: str = "",
        oci_runtime: str = "",
        storage_driver: str = "",
        cgroup_manager: str = "",
        join_namespaces: bool = False,
        in_worker: bool = False,
    ) -> Engine:
        """Open the engine of the current user; empty arguments use the configured defaults.

        For an ordinary user, a worker process runs the verbs, so that the calling program is never moved into the
        user's namespaces. With `join_namespaces=True` (as the command line does) this process joins them itself, when the
        first verb needs them; it must then have a single thread.

        Root's verbs run in the calling process and fork children there; with `in_worker=True` they run in a worker too, as a
        program with threads needs it.
        """
        options = Options(
            root=root,
            run_root=run_root,
            oci_runtime=oci_runtime,
            storage_driver=storage_driver,
            cgroup_manager=cgroup_manager,
        )
        return open_engine(options, join_namespaces=join_namespaces, in_worker=in_worker)

    @property
    def containers(self) -> Containers:
        """Verbs of containers: create, run, start, stop, exec, logs and others."""
        from pycman.engine.containers import Containers

        return self._remote("containers") or Containers(self.session)

    @property
    def images(self) -> Images:
        """Verbs of images: pull, push, list, tag, remove, save, load and others."""
        from pycman.engine.images import Images

        return self._remote("images") or Images(self.session)

    @property
    def manifests(self) -> Manifests:
        """Verbs of manifest lists: create, add, annotate, push, remove and others."""
        from pycman.engine.manifests import Manifests

        return self._remote("manifests") or Manifests(self.session)

    @property
    def artifacts(self) -> Artifacts:
        """Verbs of OCI artifacts: add, pull, push, list, extract, remove and others."""
        from pycman.engine.artifacts import Artifacts

        return self._remote("artifacts") or Artifacts(self.session)

    @property
    def volumes(self) -> Volumes:
        """Verbs of volumes: create, list, remove and others."""
        from pycman.engine.volumes import Volumes

        return self._remote("volumes") or Volumes(self.session)

    @property
    def networks(self) -> Networks:
        """Verbs of networks: create, list, connect, remove and others."""
        from pycman.engine.networks import Networks

        return self._remote("networks") or Networks(self.session)

    @property
    def secrets(self) -> Secrets:
        """Verbs of secrets: create, list, remove and others."""
        from pycman.engine.secrets import Secrets

        return self._remote("secrets") or Secrets(self.session)

    @property
    def system(self) -> System:
        """Verbs of the host and the store: info, disk usage, prune, check, doctor, events."""
        from pycman.engine.system import System

        return self._remote("system") or System(self.session)

    def close(self, *, process_ends: bool = False) -> None:
        """Close the database and end the worker; before that events go where containers.conf wants them too.

        With `process_ends` the caller ends its process next, so the kernel closes the database, which is faster.
        """
        if self.session.wrote_events:
            from pycman.state.event_log import hand_over  # only imported by commands that change something

            hand_over(self.session)
        self.session.close(process_ends=process_ends)
        if self._worker is not None:
            self._worker.close()

    def __enter__(self) -> Engine:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()


def open_engine(options: Options, *, join_namespaces: bool, in_worker: bool = False) -> Engine:
    """Open the engine as `Engine.open` does, from an `Options` value."""
    from pycman.linux.user.identity import current_user, home_directory  # only imported to open an engine

    process = current_user()
    home = home_directory(process.uid)
    user = User(uid=process.uid, gid=process.gid, home=home, rootless=process.rootless, joined=process.joined)
    worker = None
    if in_worker or (user.rootless and not user.joined and not join_namespaces):
        worker = _start_worker(options)
    return Engine(Session(options, user, join_namespaces=join_namespaces), worker)


def _start_worker(options: Options) -> Worker:
    """Return the worker of an ordinary user's program; the first verb starts its process."""
    import os  # this and what follows: only imported in programs of ordinary users
    import sys

    from pycman.jsontext import format_json
    from pycman.worker.client import Worker

    main_file = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "__main__.py")
    return Worker([sys.executable, main_file, "__worker", format_json(options.to_dict())])
