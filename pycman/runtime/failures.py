"""Turn the error messages of OCI runtimes and conmon into kinds of errors. They report failures as text only, so text is
matched: here only, in one pure function, with messages that each version really printed as its test data
(tests/data/runtime_failures).
"""

from __future__ import annotations

from pycman.errors import (
    CommandNotExecutable,
    CommandNotFound,
    Denied,
    InvalidInput,
    MountFailed,
    NoSpace,
    NotFound,
    PycmanError,
    RuntimeFailed,
    Unavailable,
    Unsupported,
    WrongState,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    Rule = tuple[tuple[str, ...], Callable[["Complaint"], PycmanError]]


class Complaint:
    """One error message: the `runtime`, its `line`, that line in lower case (`low`), and the `command` that was to be run."""

    def __init__(self, runtime: str, line: str, command: str) -> None:
        self.runtime = runtime
        self.line = line
        self.low = line.lower()
        self.command = command

    @property
    def quoted(self) -> str:
        """Return the first name the runtime put in quotes (crun: `…`, runc: "…")."""
        for mark in ("`", '"'):
            parts = self.line.split(mark)
            if len(parts) >= 3 and parts[1]:
                return parts[1]
        return ""

    @property
    def reason(self) -> str:
        """Return the part after the last colon: the errno's text."""
        return self.low.rpartition(": ")[2]


class UnknownToRuntime(NotFound):
    """The OCI runtime has no such container (any more)."""

    reference = "unknown-to-runtime"


def _not_found(complaint: Complaint) -> PycmanError:
    name = complaint.quoted or complaint.command
    problem = "no such file or directory" if "/" in name else "executable file not found in $PATH"
    return CommandNotFound(problem, subject=name)


def _not_executable(complaint: Complaint) -> PycmanError:
    known = ("exec format error", "is a directory", "text file busy", "permission denied")
    reason = next((word for word in known if word in complaint.low), "permission denied")
    return CommandNotExecutable(reason, subject=complaint.command or complaint.quoted)


def _workdir(complaint: Complaint) -> PycmanError:
    return CommandNotExecutable(
        f"the working directory cannot be entered: {complaint.reason}",
        subject=complaint.quoted,
        hint="name another with --workdir",
    )


def _mount(complaint: Complaint) -> PycmanError:
    return MountFailed(complaint.line, subject=complaint.runtime)


def _kind(kind: type[PycmanError], problem: str, hint: str = "") -> Callable[[Complaint], PycmanError]:
    """Return a function that makes this kind of error; "{line}" in `problem` stands for the runtime's own message."""
    return lambda complaint: kind(problem.replace("{line}", complaint.line), subject=complaint.runtime, hint=hint)


_NAMED_BY_USER = "leave it out, or run pycman where it is allowed"
_RULES: tuple[Rule, ...] = (
    (("executable file", "not found"), _not_found),
    (("exec: ", "no such file or directory"), _not_found),
    (("exec format error",), _not_executable),
    (("open executable",), _not_executable),
    (("exec: ", "permission denied"), _not_executable),
    (("exec /", ": permission denied"), _not_executable),
    (("exec: ", "is a directory"), _not_executable),
    (("chdir",), _workdir),
    (("mkdir ", "not a directory"), _workdir),
    (("hybrid mode",), _kind(
        Unsupported, "cgroups in hybrid mode are not supported by this runtime",
        "use --runtime runc, or mount the controller that is left on v2 as v1")),
    (("setrlimit",), _kind(Denied, "a limit above the present hard limit: {line}", "ask for less with --ulimit")),
    (("setting rlimit",), _kind(Denied, "a limit above the present hard limit: {line}", "ask for less with --ulimit")),
    (("rlimit",), _kind(InvalidInput, "{line}", "see getrlimit(2) for the names of limits")),
    (("capset",), _kind(Denied, "a capability this process may not give away: {line}", _NAMED_BY_USER)),
    (("unable to apply caps",), _kind(Denied, "a capability this process may not give away: {line}", _NAMED_BY_USER)),
    (("oom_score_adj",), _kind(
        Denied, "an OOM score below that of this process is refused", "ask for a higher --oom-score-adj")),
    (("sysctl",), _kind(InvalidInput, "{line}", "only sysctls of a namespace the container does not share can be set")),
    (("memory limit",), _kind(InvalidInput, "the memory limit is too low: {line}", "give it more with --memory")),
    (("cpuset",), _kind(InvalidInput, "no such processor or memory node: {line}", "see lscpu")),
    (("apparmor",), _kind(Unsupported, "AppArmor is not there, or does not know this profile: {line}")),
    (("selinux",), _kind(Unsupported, "SELinux is not there: {line}", "leave out --security-opt label=…")),
    (("attr/keycreate",), _kind(Unsupported, "SELinux is not there: {line}", "leave out --security-opt label=…")),
    (("seccomp",), _kind(InvalidInput, "the seccomp profile is refused: {line}")),
    (("no space left on device",), _kind(NoSpace, "{line}", "free some space, for example with pycman system prune")),
    (("disk quota exceeded",), _kind(NoSpace, "{line}", "free some space, for example with pycman system prune")),
    (("namespace path:",), _kind(Unavailable, "a namespace to be joined is gone: {line}")),
    (("open `/proc/", "/ns/", "no such file"), _kind(Unavailable, "a namespace to be joined is gone: {line}")),
    (("error opening file `", "/status`"), _kind(UnknownToRuntime, "container unknown to the runtime")),
    (("container", "does not exist"), _kind(UnknownToRuntime, "container unknown to the runtime")),
    (("paused",), _kind(WrongState, "the container is paused", "run pycman unpause first")),
    (("exec.fifo",), _kind(WrongState, "its process was started already")),
    (("already running container",), _kind(WrongState, "its process was started already")),
    (("is not in `created` or `stopped`",), _kind(WrongState, "the container still runs")),
    (("that is not stopped",), _kind(WrongState, "the container still runs")),
    (("invalid rootfs",), _kind(MountFailed, "{line}")),
    (("mounting \"",), _mount),
    (("mount `",), _mount),
    (("error stat'ing file",), _mount),
)  # fmt: skip
"""(substrings, function that makes the error): the first rule whose substrings are all in the line applies."""


def classify(runtime: str, text: str, *, command: str = "") -> PycmanError:
    """Return the error that a runtime's message `text` means; `command` is what was to be run."""
    complaint = Complaint(runtime, _last_line(text), command)
    for parts, make_error in _RULES:
        if all(part in complaint.low for part in parts):
            return make_error(complaint)
    return RuntimeFailed(complaint.line or "it failed without a message", subject=runtime)


_PREFIXES = (
    "runc create failed: ", "exec failed: ", "unable to start container process: ", "error during container init: ",
)  # fmt: skip


def _last_line(text: str) -> str:
    """Return the message of the last line, without time stamp, level and runc's prefixes.

    If runc's first stage (nsexec) reported an error, return that: the later lines only say that this stage died.
    """
    lines = [_message(line.strip()) for line in text.strip().splitlines() if line.strip()]
    if not lines:
        return ""
    first_stage = [line.partition(": ")[2] for line in lines if line.startswith("nsexec[")]
    return (first_stage or lines)[-1]


def _message(line: str) -> str:
    if line.startswith("time=") and 'msg="' in line:
        line = _unquote(line.partition('msg="')[2])
    removed = True
    while removed:
        removed = False
        for prefix in _PREFIXES:
            if line.startswith(prefix) and not line.startswith(prefix + "exec: "):
                line, removed = line.removeprefix(prefix), True
    return line


def _unquote(rest: str) -> str:
    """Return a Go-quoted string up to its closing quote."""
    unquoted = ""
    escaped = False
    for letter in rest:
        if escaped:
            unquoted += letter
            escaped = False
        elif letter == "\\":
            escaped = True
        elif letter == '"':
            break
        else:
            unquoted += letter
    return unquoted
