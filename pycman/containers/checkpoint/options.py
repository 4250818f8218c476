"""What callers ask of a checkpoint and of a restore."""

from __future__ import annotations

from pycman.containers.checkpoint.place import Named
from pycman.record import Record


class CheckpointOptions(Record):
    """Options of `checkpoint_container`.

    `leave_running`: it runs on. `pre`: only its memory is written, and it runs on; `with_previous`: only the memory that changed
    since then. `compress` is zstd, gzip or none, of an archive; `rootfs` and `volumes` are in it.
    """

    leave_running: bool = False
    keep: bool = False
    pre: bool = False
    with_previous: bool = False
    tcp_established: bool = False
    file_locks: bool = False
    compress: str = "zstd"
    rootfs: bool = True
    volumes: bool = True
    named: Named = Named()
    """A checkpoint beside others of the same container (docker's)."""

    @property
    def runs_on(self) -> bool:
        """Say whether the container runs on after it."""
        return self.leave_running or self.pre


class RestoreOptions(Record):
    """Options of `restore_container`. With `keep` checkpoint and logs stay.

    `address` and `mac`: it gets the addresses again that it had, which its open connections need.
    """

    keep: bool = False
    tcp_established: bool = False
    tcp_close: bool = False
    """Its open connections are closed in place of restored."""
    file_locks: bool = False
    address: bool = True
    mac: bool = True
    named: Named = Named()
    """One of docker's checkpoints, which stays."""
