"""The library's face: `Engine.open()` gives `images`, `containers`, `networks`, `volumes`, `secrets` and `system`.

Each face is a thin typed class whose methods hand the session to one verb of one room. Verbs are imported at first use,
because `ps` must not pay for `pull`; this folder is one of the three places where a function may import.
"""

from __future__ import annotations

from pycman.state.session import Options, Session, User

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pycman.engine.containers import Containers
    from pycman.engine.images import Images
    from pycman.engine.networks import Networks
    from pycman.engine.secrets import Secrets
    from pycman.engine.system import System
    from pycman.engine.volumes import Volumes
    from pycman.worker.client import Worker

__all__ = ["Engine", "Options"]


class Engine:
    """A container engine for one user. Cheap to open: nothing is read or made before the first verb."""

    def __init__(self, session: Session, worker: Worker | None = None) -> None:
        self.session = session
        self._worker = worker

    def _remote(self, face: str) -> Any:
        """Return the face as the worker has it, None where verbs are done in this process."""
        if self._worker is None:
            return None
        from pycman.worker.client import RemoteFace

        return RemoteFace(self._worker, face)

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
    ) -> Engine:
        """Open the engine of the current user; empty arguments take the configured defaults.

        As an ordinary user, verbs that need the user's namespaces are run by a worker process, so that the calling
        program is never moved into them. `join_namespaces=True` (what the command line does) joins them with this
        process instead, which must have one thread, at the first verb that needs them.
        """
        options = Options(
            root=root,
            run_root=run_root,
            oci_runtime=oci_runtime,
            storage_driver=storage_driver,
            cgroup_manager=cgroup_manager,
        )
        return open_engine(options, join_namespaces=join_namespaces)

    @property
    def containers(self) -> Containers:
        """Containers: create, run, start, stop, exec, logs and all their verbs."""
        from pycman.engine.containers import Containers

        return self._remote("containers") or Containers(self.session)

    @property
    def images(self) -> Images:
        """Images: pull, push, list, tag, remove, save, load."""
        from pycman.engine.images import Images

        return self._remote("images") or Images(self.session)

    @property
    def volumes(self) -> Volumes:
        """Volumes: create, list, remove."""
        from pycman.engine.volumes import Volumes

        return self._remote("volumes") or Volumes(self.session)

    @property
    def networks(self) -> Networks:
        """Networks: create, list, connect, remove."""
        from pycman.engine.networks import Networks

        return self._remote("networks") or Networks(self.session)

    @property
    def secrets(self) -> Secrets:
        """Secrets: create, list, remove."""
        from pycman.engine.secrets import Secrets

        return self._remote("secrets") or Secrets(self.session)

    @property
    def system(self) -> System:
        """The host and the store: info, df, prune, check, doctor, events."""
        from pycman.engine.system import System

        return self._remote("system") or System(self.session)

    def close(self) -> None:
        """Close the state and end the worker."""
        self.session.close()
        if self._worker is not None:
            self._worker.close()

    def __enter__(self) -> Engine:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()


def open_engine(options: Options, *, join_namespaces: bool) -> Engine:
    """Open the engine as `Engine.open` does, from an `Options` value."""
    from pycman.linux.user.identity import current_user, home_directory

    who = current_user()
    home = home_directory(who.uid)
    user = User(uid=who.uid, gid=who.gid, home=home, rootless=who.rootless, joined=who.joined)
    worker = None
    if user.rootless and not user.joined and not join_namespaces:
        worker = _start_worker(options)
    return Engine(Session(options, user, join_namespaces=join_namespaces), worker)


def _start_worker(options: Options) -> Worker:
    """Return the worker of an ordinary user's program; its process is started by the first verb."""
    import os
    import sys

    from pycman.jsontext import format_json
    from pycman.worker.client import Worker

    start = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "__main__.py")
    return Worker([sys.executable, start, "__worker", format_json(options.to_dict())])
