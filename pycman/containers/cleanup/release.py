"""Give back what a run used, once its process is gone: network, runtime state and cgroup, mounts, conmon, bundle.

    Release(…)   the runtime deletes and a child reconciles the network, on another processor ──┐
    unmount()    meanwhile                                                                      │
    (a removal marks the row and deletes the container's directory meanwhile)                   │
    finish()     waits for both ◀───────────────────────────────────────────────────────────────┘

The caller holds the container's lock. All of it may be repeated after a kill.
"""

from __future__ import annotations

import os

from pycman.containers.bundle.cgroup_path import remove_default_parent
from pycman.containers.catalogue import spec_of
from pycman.containers.cleanup.passage import close_passage
from pycman.containers.mounts.mounted import MountedExtras
from pycman.containers.networks.connection import begin_release
from pycman.errors import PycmanError
from pycman.linux.files import remove_tree
from pycman.linux.mounts import unmount_below
from pycman.linux.processes import boot_id
from pycman.plan import crash_point
from pycman.runtime.conmon import kill_monitor
from pycman.runtime.oci_runtimes import choose_runtime

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pycman.state.session import Session


class Release:
    """The release of one container's last run, begun when it is made."""

    def __init__(self, session: Session, row: Mapping[str, Any]) -> None:
        """Begin: rows of addresses and ports are deleted, the runtime's delete and the network's child are started."""
        self._session = session
        self._row = row
        self.spec = spec_of(row)
        self._leftovers: list[str] = []
        if row["pod_id"]:
            from pycman.containers.bundle.pod_hosts import remove_member  # only imported for members of pods

            remove_member(session, self.spec, row["name"])
        self._network = begin_release(session, row, self.spec)
        self._runtime = choose_runtime(session, row["oci_runtime"])
        known = row["boot_id"] == boot_id() and not row["pinned"]
        if known and not row["pid"]:  # its start was killed: conmon could have the runtime create it after the delete
            self._kill_monitor()
        self._deleting = self._runtime.begin_delete(row["id"]) if known else 0
        crash_point("cleanup:deleted")

    def unmount(self) -> None:
        """Unmount what was mounted for the run; a root that `mount` holds stays."""
        if self.spec.pid_mode.kind not in ("", "private"):
            self._finish_delete()  # which ends what still runs in it: with a pid namespace of its own nothing does
        extras = MountedExtras(self._session, self._row, self.spec)
        try:
            if self._row["mounted"]:
                extras.undo()
            else:
                extras.undo_with_root()
        except (
            Exception
        ) as error:  # nothing may stop the rest, but that something is still mounted in what is removed next
            self._leftovers.append(f"while undoing {extras.describe()}: {error}")
            unmount_below(self._session.paths.bundle(self._row["id"]))
        crash_point("cleanup:unmounted")

    def finish(self) -> list[str]:
        """Wait for the runtime and the network, end conmon and remove the bundle.

        Return one line for each thing that could not be released; a failure of the network does not stop the rest.
        Raises RuntimeFailed if the runtime cannot delete the container.
        """
        bundle = self._session.paths.bundle(self._row["id"])
        self._finish_delete()
        self._kill_monitor()
        if self._network is not None:
            try:
                self._network.finish()
            except PycmanError as error:
                self._leftovers.append(str(error))
        remove_tree(bundle)
        close_passage(self._session, self._row)
        return self._leftovers

    def _kill_monitor(self) -> None:
        exited = os.path.exists(self._session.paths.exit_file(self._row["id"]))
        kill_monitor(f"{self._session.paths.bundle(self._row['id'])}/conmon.pid", has_exited=exited)

    def _finish_delete(self) -> None:
        """Wait for the runtime, then remove the parent of the container's cgroup if it was the last in it."""
        deleting, self._deleting = self._deleting, 0
        if not deleting:
            return
        self._runtime.finish_delete(self._row["id"], deleting)
        if not self._row["pid"]:
            from pycman.containers.cleanup.left_group import remove_left_group  # only after a start that was killed

            remove_left_group(self._session, self.spec, self._row["id"])
        if self.spec.cgroup_manager == "cgroupfs" and not self.spec.cgroup_parent:
            remove_default_parent(self._session, self._row["id"])
