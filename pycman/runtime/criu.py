"""CRIU, by which OCI runtimes checkpoint and restore processes (criu(8)): whether it can be had, and what its log says of a failure.

runtime ── exec ──▶ criu swrk ──▶ dump.log, restore.log     the runtime itself only says "criu failed"
"""

from __future__ import annotations

import os

from pycman.errors import Corrupt, PycmanError, RuntimeFailed, Unavailable, Unsupported
from pycman.linux.files import read_text
from pycman.linux.processes import find_program, how_to_install, run
from pycman.record import Record
from pycman.runtime.oci_runtime import OciRuntime

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.runtime.container_runtime import ContainerRuntime

_TIMEOUT_S = 30.0
_LOG_BYTES = 1 << 22
_PASSING = ("rlimit: Can't setup RLIMIT_NOFILE", "Can't setup RLIMIT_NOFILE for self")
"""Lines that CRIU calls errors and that stop nothing."""


class _Rule(Record):
    """What a line of the log means: `says` is in it, `problem` is told of `subject` ("criu", "kernel" or "" for the container)."""

    says: str
    problem: str
    subject: str = ""
    hint: str = ""


_MISSING = "CRIU is missing features"
"""What runc says of a --pre-dump where there is no memory tracking."""

_TOO_OLD = "RPC config files supported in CRIU"
"""What crun says: it takes the options for a network namespace from CRIU 4.2 on only."""
_OF_RUNTIMES = (_MISSING, _TOO_OLD)

_RULES = (
    _Rule(says=_TOO_OLD, problem="crun needs CRIU 4.2 or newer for a container with a network of its own", subject="criu",
          hint="install a newer criu, or create the container with --runtime runc"),
    _Rule(says=_MISSING, problem="it cannot tell which memory was changed (CONFIG_MEM_SOFT_DIRTY)", subject="kernel",
          hint="leave out --pre-checkpoint and --with-previous"),
    _Rule(says="vdso: Unexpected rt vDSO area", problem="it is too old for this kernel, whose vDSO it cannot read", subject="criu",
          hint="install a newer criu"),
    _Rule(says="Failed to fill self vdso symtable", problem="it is too old for this kernel, whose vDSO it cannot read", subject="criu",
          hint="install a newer criu"),
    _Rule(says="Could not initialize kernel features detection", problem="it cannot work with this kernel", subject="criu",
          hint="run criu check --all"),
    _Rule(says="memory tracking", problem="it cannot tell which memory was changed (CONFIG_MEM_SOFT_DIRTY)", subject="kernel",
          hint="leave out --pre-checkpoint and --with-previous"),
    _Rule(says="Tracking memory is not available", problem="it cannot tell which memory was changed (CONFIG_MEM_SOFT_DIRTY)",
          subject="kernel", hint="leave out --pre-checkpoint and --with-previous"),
    _Rule(says="dirty tracking", problem="it cannot tell which memory was changed (CONFIG_MEM_SOFT_DIRTY)", subject="kernel",
          hint="leave out --pre-checkpoint and --with-previous"),
    _Rule(says="tcp-established", problem="it has open TCP connections", hint="use --tcp-established"),
    _Rule(says="Connected TCP socket", problem="it has open TCP connections", hint="use --tcp-established"),
    _Rule(says="file-locks", problem="it holds locks on files", hint="use --file-locks"),
    _Rule(says="file locks are hold", problem="it holds locks on files", hint="use --file-locks"),
    _Rule(says="External socket is used", problem="it has a socket whose other end is outside of the container"),
    _Rule(says="Can't lookup mount=", problem="it has a file open that is in none of its mounts"),
    _Rule(says="Can't bind inet socket", problem="an address that it listens on is not there, or taken"),
    _Rule(says="ptrace(PTRACE_SEIZE", problem="one of its processes is being traced by another program"),
    _Rule(says="io_uring", problem="it uses io_uring, which CRIU cannot dump"),
    _Rule(says="No space left on device", problem="no space left on the device for its memory"),
)  # fmt: skip


def require_criu(runtime: ContainerRuntime) -> str:
    """Return the version of the installed CRIU ("4.1"). Raises Unavailable if it is missing, Unsupported if the runtime cannot use it."""
    program = find_program("criu")
    if not program:
        raise Unavailable(
            "it is not installed, so there are no checkpoints", subject="criu", hint=how_to_install("criu")
        )
    if not isinstance(runtime, OciRuntime):
        raise Unsupported(
            "checkpoints are made by runc and crun, not by a shim",
            subject=runtime.name,
            hint="create the container with --runtime runc",
        )
    if runtime.program == "crun" and b"+CRIU" not in run([runtime.path, "--version"], timeout_s=_TIMEOUT_S).stdout:
        raise Unsupported(
            "it was built without CRIU",
            subject=runtime.path,
            hint="install runc and create the container with --runtime runc",
        )
    said = run([program, "--version"], timeout_s=_TIMEOUT_S).stdout.decode("utf-8", "replace")
    return next((line.partition(":")[2].strip() for line in said.splitlines() if line.startswith("Version:")), "")


def program_version(path: str) -> str:
    """Return the version that a program's --version begins with ("runc version 1.1.5+ds1"), "" for no program."""
    if not path:
        return ""
    said = run([path, "--version"], timeout_s=_TIMEOUT_S).stdout.decode("utf-8", "replace")
    return said.partition("\n")[0].rpartition(" ")[2].strip()


def explain_failure(error: PycmanError, log: str, *, name: str, version: str) -> PycmanError:
    """Return the error to tell: what CRIU's log in the file `log` says of the container `name`, else the runtime's `error`.

    The hint of an error without a rule names the log.
    """
    lines = [*_errors(log), *(line for line in str(error).splitlines() if any(words in line for words in _OF_RUNTIMES))]
    for rule in _RULES:
        if any(rule.says.lower() in line.lower() for line in lines):
            subject = {"criu": f"criu {version}".strip(), "kernel": f"kernel {os.uname().release}", "": name}[
                rule.subject
            ]
            return (Unsupported if rule.subject else RuntimeFailed)(rule.problem, subject=subject, hint=rule.hint)
    if not lines:
        return error
    return RuntimeFailed(f"CRIU failed: {_words(lines[0])}", subject=name, hint=f"its log is {log}")


def _errors(log: str) -> list[str]:
    """Return the lines of a log with errors and warnings of what is missing, the first ones first."""
    try:
        with open(log, encoding="utf-8", errors="replace") as file:
            lines = file.read(_LOG_BYTES).splitlines()
    except OSError:
        return []
    return [line for line in lines if "Error (" in line and not any(passing in line for passing in _PASSING)]


def _words(line: str) -> str:
    """Return what a line of the log says, without time and place: "(00.1) Error (criu/x.c:3): mnt: No mapping" is "mnt: No mapping"."""
    return line.partition("): ")[2].strip() or line.strip()


def read_statistics(path: str) -> dict[str, int]:
    """Return the times (µs) and pages in a file stats-dump or stats-restore, by podman's names. Raises Corrupt.

    The file is an image of CRIU: magic numbers, the length of a message, a protobuf message with numbers in it.
    """
    try:
        with open(path, "rb") as file:
            data = file.read(1 << 16)
    except FileNotFoundError:
        return {}
    if len(data) < 12:
        raise Corrupt("it is truncated", subject=path)
    size = int.from_bytes(data[8:12], "little")
    fields = _fields(data[12 : 12 + size], path)
    found: dict[str, int] = {}
    for number, names in ((1, _DUMP), (2, _RESTORE)):
        inner = fields.get(number)
        if isinstance(inner, bytes):
            values = _fields(inner, path)
            found |= {name: value for field, name in names.items() if isinstance(value := values.get(field, 0), int)}
    return found


_DUMP = {
    1: "freezing_time", 2: "frozen_time", 3: "memdump_time", 4: "memwrite_time", 5: "pages_scanned",
    6: "pages_skipped_parent", 7: "pages_written", 8: "irmap_resolve", 9: "pages_lazy",
}  # fmt: skip
"""Fields of CRIU's dump_stats_entry (images/stats.proto)."""
_RESTORE = {1: "pages_compared", 2: "pages_skipped_cow", 3: "forking_time", 4: "restore_time", 5: "pages_restored"}
"""Fields of CRIU's restore_stats_entry."""


def _fields(data: bytes, path: str) -> dict[int, int | bytes]:
    """Return the fields of a protobuf message by number: varints and bytes. Raises Corrupt for other kinds or a truncated one."""
    place = 0
    found: dict[int, int | bytes] = {}
    while place < len(data):
        key, place = _varint(data, place, path)
        value, place = _varint(data, place, path)
        if key & 7 == 0:
            found[key >> 3] = value
        elif key & 7 == 2 and place + value <= len(data):
            found[key >> 3] = data[place : place + value]
            place += value
        else:
            raise Corrupt("it is not a file of CRIU's statistics", subject=path)
    return found


def _varint(data: bytes, place: int, path: str) -> tuple[int, int]:
    value = shift = 0
    while place < len(data) and shift < 70:
        value |= (data[place] & 0x7F) << shift
        shift += 7
        place += 1
        if not data[place - 1] & 0x80:
            return value, place
    raise Corrupt("it is truncated", subject=path)


def options_file(runtime: str, network: str) -> str:
    """Return the text of the file of options for a dump that leaves a network namespace (its inode number) out.

    It begins with what the administrator set for this runtime, whose place it takes.
    """
    return f"{read_text(f'/etc/criu/{runtime}.conf')}\nexternal net[{network}]:extRootNetNS\n"
