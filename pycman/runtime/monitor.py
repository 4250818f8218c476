"""What a container's monitor is told, and what it says: the same for conmon and for the monitor of a shim's container."""

from __future__ import annotations

from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


class RuntimeProgram(Record):
    """The OCI runtime as conmon runs it: what it is called, its path, and the arguments that go before each command.

    `copy` is the path of a copy of it that conmon executes in its place ("": none), as long as the process that started conmon lives.
    """

    name: str
    path: str
    arguments: tuple[str, ...] = ()
    copy: str = ""


class Monitor(Record):
    """What the monitor of one container is told. Sizes are bytes, -1 is no limit; `timeout_s` 0 is no timeout."""

    container_id: str
    name: str
    bundle: str
    pid_file: str
    conmon_pid_file: str
    exit_dir: str
    persist_dir: str
    log_driver: str = "k8s-file"
    log_path: str = ""
    log_tag: str = ""
    log_max_size_bytes: int = -1
    keeps_log: bool = True
    """The log outlives the container's end. If not, conmon need not wait until it is on the disk before it tells the exit status."""
    terminal: bool = False
    stdin: bool = False
    stdin_once: bool = False
    """The container's standard input is closed when the first attached client disconnects (docker's StdinOnce)."""
    exit_command: tuple[str, ...] = ()
    timeout_s: int = 0
    command: str = ""
    workdir: str = "/"
    conmon_path: str = ""
    env: Mapping[str, str] = {}
    """Variables for conmon itself, in addition to those of this process."""
    keyring: bool = True
    """The container gets a session keyring of its own."""
    pivot_root: bool = True
    hides_null: bool = False
    """The runtime gets an empty pipe where conmon would give it the host's /dev/null, which crun hands over to the root of a new user
    namespace: it could close it to everybody else.
    """
    notify_socket: str = ""
    """The service manager's socket: conmon passes on what is sent to notify/notify.sock in the bundle."""
    restore_from: str = ""
    """Directory of a checkpoint that the runtime restores in place of creating a process; its log goes into the bundle."""
    restore_options: tuple[str, ...] = ()
    """Options of the runtime's restore."""
    inherited: tuple[int, ...] = ()
    """Descriptors of this process, 3 or more, that the container's process gets under the same numbers."""


class Started(Record):
    """The container's first process and its monitor."""

    pid: int
    conmon_pid: int
