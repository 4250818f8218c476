"""Checkpoints"""

from __future__ import annotations

from typing import Annotated

from cli.describe.common import Latest, OneName, OneRunning, SomeRunning
from cli.describe.kinds import CONTAINER, FILE, IMAGE, POD, TEXT, argument, command, flag, group

group("checkpoint", "Manage checkpoints of containers that have names")

Established = Annotated[bool, flag("--tcp-established", help="Keep TCP connections that are open")]
Locks = Annotated[bool, flag("--file-locks", help="Keep locks on files")]
Statistics = Annotated[bool, flag("--print-stats", help="Print how long it took, and what CRIU wrote or read, as JSON")]
Directory = Annotated[
    str, flag("--checkpoint-dir", help="Directory of the checkpoints (the container's own)", metavar="DIR", of=FILE)
]
CheckpointName = Annotated[str, argument("Name of the checkpoint", "CHECKPOINT", TEXT)]


@command(
    "container checkpoint",
    examples=(
        ("Write the processes of a container to the disk, and continue them", "pycman container checkpoint web && pycman container restore web"),
        ("Move a container to another host", "pycman container checkpoint --export web.tar.zst web"),
    ),
    see=("container restore", "checkpoint create", "pause", "commit"),
)  # fmt: skip
def container_checkpoint(
    names: SomeRunning,
    all: Annotated[bool, flag("--all", "-a", help="Checkpoint all running containers")] = False,
    latest: Latest = False,
    keep: Annotated[bool, flag("--keep", "-k", help="Keep the log and the statistics of CRIU")] = False,
    leave_running: Annotated[bool, flag("--leave-running", "-R", help="Leave the container running")] = False,
    tcp_established: Established = False,
    file_locks: Locks = False,
    export: Annotated[str, flag("--export", "-e", help="Write an archive of the checkpoint", metavar="FILE", of=FILE)] = "",
    compress: Annotated[
        str, flag("--compress", "-c", help="Compress the archive by zstd, gzip or none (zstd)", metavar="KIND", of="zstd|gzip|none")
    ] = "",
    create_image: Annotated[
        str, flag("--create-image", help="Make an image of the checkpoint", metavar="IMAGE", of=TEXT)
    ] = "",
    ignore_rootfs: Annotated[bool, flag("--ignore-rootfs", help="Leave changed files out of the archive")] = False,
    ignore_volumes: Annotated[bool, flag("--ignore-volumes", help="Leave volumes out of the archive")] = False,
    pre_checkpoint: Annotated[
        bool, flag("--pre-checkpoint", "-P", help="Write only its memory, and leave the container running")
    ] = False,
    with_previous: Annotated[
        bool, flag("--with-previous", help="Write only memory that has changed since --pre-checkpoint")
    ] = False,
    print_stats: Statistics = False,
) -> None:  # fmt: skip
    """Write the processes of running containers to the disk by CRIU; the containers end by that.

    Only root can do it, and the OCI runtime must be able to: runc, or a crun that was built with CRIU. No restart policy starts a
    container that was checkpointed; container restore continues it, start begins it anew.
    """


@command(
    "container restore",
    examples=(
        ("Continue a container", "pycman container restore web"),
        ("Continue one from another host, under another name", "pycman container restore --import web.tar.zst --name web2"),
    ),
    see=("container checkpoint", "start", "create"),
)  # fmt: skip
def container_restore(
    names: Annotated[list[str], argument("Names or IDs of containers, or images that hold a checkpoint", "[CONTAINER|IMAGE…]", f"{CONTAINER}|{IMAGE}")] = [],
    all: Annotated[bool, flag("--all", "-a", help="Restore all containers that were checkpointed")] = False,
    latest: Latest = False,
    keep: Annotated[bool, flag("--keep", "-k", help="Keep the checkpoint, the log and the statistics of CRIU")] = False,
    tcp_established: Established = False,
    tcp_close: Annotated[bool, flag("--tcp-close", help="Close TCP connections that were open")] = False,
    file_locks: Locks = False,
    import_: Annotated[str, flag("--import", "-i", help="Restore from an archive", metavar="FILE", of=FILE)] = "",
    import_previous: Annotated[
        str, flag("--import-previous", help="The archive of --pre-checkpoint that came before", metavar="FILE", of=FILE)
    ] = "",
    name: Annotated[str, flag("--name", "-n", help="Name of the new container", metavar="NAME")] = "",
    publish: Annotated[
        list[str], flag("--publish", "-p", help="Publish ports in place of those it had", metavar="[[IP:]HOST:]CONTAINER", splits=True)
    ] = [],
    pod: Annotated[str, flag("--pod", help="Restore into a pod", metavar="POD", of=POD)] = "",
    ignore_rootfs: Annotated[bool, flag("--ignore-rootfs", help="Do not change the image's files as the container had")] = False,
    ignore_volumes: Annotated[bool, flag("--ignore-volumes", help="Leave the content of volumes as it is")] = False,
    ignore_static_ip: Annotated[bool, flag("--ignore-static-ip", help="Choose other IP addresses")] = False,
    ignore_static_mac: Annotated[bool, flag("--ignore-static-mac", help="Choose another MAC address")] = False,
    print_stats: Statistics = False,
) -> None:  # fmt: skip
    """Continue containers from their checkpoints.

    An archive or image holds the whole state of processes, their capabilities included: restore only those that you would run as
    root. The container gets a spec of pycman's own, never the one in the archive; paths of this host that it mounts are told.
    """


@command("checkpoint create", see=("checkpoint ls", "start", "container checkpoint"))
def checkpoint_create(
    name: OneRunning,
    checkpoint: CheckpointName,
    checkpoint_dir: Directory = "",
    leave_running: Annotated[bool, flag("--leave-running", help="Leave the container running")] = False,
) -> None:
    """Write the processes of a running container to a checkpoint with a name."""


@command("checkpoint ls", also=("checkpoint list",), see=("checkpoint create", "checkpoint rm"))
def checkpoint_ls(name: OneName, checkpoint_dir: Directory = "") -> None:
    """List the checkpoints of a container that have names."""


@command("checkpoint rm", also=("checkpoint remove",), see=("checkpoint ls",))
def checkpoint_rm(name: OneName, checkpoint: CheckpointName, checkpoint_dir: Directory = "") -> None:
    """Remove a checkpoint of a container."""
