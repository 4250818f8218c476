"""Turn the error messages of OCI runtimes and conmon into kinds of errors that name the object and the reason. They report failures as
text only, so text is matched: here only, in one pure function, with messages that each version really printed as its test data
(tests/data/runtime_failures). What no rule knows is told with the runtime's name and what it was asked to do.
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
    """One error message: the `runtime`, its `line`, that line in lower case (`low`), and the `command` that was to be run, in
    `workdir`.
    """

    def __init__(self, runtime: str, line: str, command: str, workdir: str = "") -> None:
        self.runtime = runtime
        self.line = line
        self.low = line.lower()
        self.command = command
        self.workdir = workdir

    @property
    def quoted(self) -> str:
        """Return the first name the runtime put in quotes (crun: `…`, runc: "…")."""
        return next(iter(self.all_quoted), "")

    @property
    def all_quoted(self) -> list[str]:
        """Return all names the runtime put in quotes of one kind."""
        for mark in ("`", '"'):
            parts = self.line.split(mark)
            if len(parts) >= 3 and parts[1]:
                return parts[1::2]
        return []

    def path_below(self, top: str) -> str:
        """Return what the message has of a path after `top`: "net/ipv4/x" of "open …/sys/net/ipv4/x: …"."""
        return self.line.partition(top)[2].partition(":")[0].strip("`\"' ")

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
        subject=complaint.quoted or complaint.path_below("mkdir "),
        hint="name another with --workdir",
        code="no-workdir",
    )


def _made_directory(complaint: Complaint) -> PycmanError:
    """Of a directory in the container that cannot be made: the working directory, or one that something is mounted on."""
    path = complaint.quoted or complaint.path_below("mkdir ")
    if complaint.workdir in ("", path) or complaint.workdir.startswith(f"{path}/"):
        return _workdir(complaint)
    return MountFailed(f"it cannot be made in the container, to be mounted on: {complaint.reason}", subject=path)


_MOUNT_HINTS = {
    "not a directory": "mount a file on a file, and a directory on a directory",
    "invalid argument": "check its options",
    "operation not permitted": "this user may not mount it, or not with these options",
}


def _mount(complaint: Complaint) -> PycmanError:
    """Of a mount: crun writes mount `SOURCE` to `TARGET`: REASON, runc error mounting "SOURCE" to rootfs at "TARGET": …: REASON."""
    names = complaint.all_quoted
    if len(names) < 2:
        return MountFailed(
            f"{complaint.runtime} cannot mount: {complaint.line}", subject=names[0] if names else "mounts"
        )
    target = f"/{names[1].lstrip('/')}"
    reason = "not inside /proc" if "inside /proc" in complaint.low else complaint.reason
    return MountFailed(
        f"{names[0]} cannot be mounted there: {reason}", subject=target, hint=_MOUNT_HINTS.get(reason, "")
    )


def _mount_source(complaint: Complaint) -> PycmanError:
    return MountFailed(f"it cannot be mounted: {complaint.reason}", subject=complaint.quoted)


def _unmapped_user(complaint: Complaint) -> PycmanError:
    """Of an id that the container's user namespace does not have: crun says which."""
    number = complaint.low.rpartition(" to ")[2].partition(":")[0].strip("`\"' ")
    return InvalidInput(
        "the container's user namespace has no such id",
        subject=f"user {number}" if number.isdecimal() else "user",
        hint="name one that is mapped (see /etc/subuid), or map it with --uidmap and --gidmap",
    )


def _opened_target(complaint: Complaint) -> PycmanError:
    """Of a file below the container's root that something was to be mounted on."""
    path = complaint.quoted.rpartition("/merged")[2]
    return MountFailed(f"it cannot be made in the container, to be mounted on: {complaint.reason}", subject=path)


def _device(complaint: Complaint) -> PycmanError:
    return MountFailed(f"the device cannot be made there: {complaint.reason}", subject=complaint.quoted)


_OWN_SYSCTLS = "only those of its own namespaces can be set"


def _foreign_sysctl(complaint: Complaint) -> PycmanError:
    return InvalidInput(
        "it is the host's, not of a namespace of the container", subject=f"sysctl {complaint.quoted}", hint=_OWN_SYSCTLS
    )


def _sysctl(complaint: Complaint) -> PycmanError:
    """Of a file below /proc/sys that is not there, or does not take the value."""
    name = complaint.path_below("proc/sys/").replace("/", ".")
    if "no such file" in complaint.low:
        return InvalidInput("this kernel has no such sysctl in the container's namespaces", subject=f"sysctl {name}")
    return InvalidInput(f"its value is refused: {complaint.reason}", subject=f"sysctl {name}")


def _namespace(complaint: Complaint) -> PycmanError:
    path = complaint.quoted or complaint.path_below("lstat ") or "namespace"
    return Unavailable(f"this namespace cannot be joined: {complaint.reason}", subject=path)


def _limit(complaint: Complaint) -> PycmanError:
    name = complaint.quoted.removeprefix("RLIMIT_").lower()
    return Denied(
        f"above the present hard limit: {complaint.reason}", subject=f"--ulimit {name}".strip(), hint="ask for less"
    )


def _processors(complaint: Complaint) -> PycmanError:
    flag = "--cpuset-mems" if "cpuset.mems" in complaint.low else "--cpuset-cpus"
    return InvalidInput(f"no such processor or memory node: {complaint.reason}", subject=flag, hint="see lscpu")


def _kind(
    kind: type[PycmanError], problem: str, hint: str = "", *, subject: str = ""
) -> Callable[[Complaint], PycmanError]:
    """Return a function that makes this kind of error about `subject` ("": the runtime); "{line}" in `problem` stands for the
    runtime's own message.
    """
    return lambda complaint: kind(
        problem.replace("{line}", complaint.line), subject=subject or complaint.runtime, hint=hint
    )


_NAMED_BY_USER = "leave it out, or run pycman where it is allowed"
_RULES: tuple[Rule, ...] = (
    (("no space left on device",), _kind(NoSpace, "{line}", "free some space, for example with pycman system prune")),
    (("disk quota exceeded",), _kind(NoSpace, "{line}", "free some space, for example with pycman system prune")),
    (("write to seccomp fd",), _kind(
        NoSpace, "its seccomp filter cannot be written: {line}", "free some space where the run root lies")),
    (("executable file", "not found"), _not_found),
    (("exec: ", "no such file or directory"), _not_found),
    (("exec format error",), _not_executable),
    (("open executable",), _not_executable),
    (("exec: ", "permission denied"), _not_executable),
    (("exec /", ": permission denied"), _not_executable),
    (("exec: ", "is a directory"), _not_executable),
    (("chdir",), _workdir),
    (("mkdir ", ), _made_directory),
    (("mknod ",), _device),
    (("open `", "/merged/"), _opened_target),
    (("cannot setresuid",), _unmapped_user),
    (("cannot setresgid",), _unmapped_user),
    (("unmapped user",), _unmapped_user),
    (("setup user: invalid argument",), _unmapped_user),
    (("hybrid mode",), _kind(
        Unsupported, "cgroups in hybrid mode are not supported by this runtime",
        "use --runtime runc, or mount the controller that is left on v2 as v1")),
    (("requested cgroup controller", "not available"), _kind(
        Unsupported, "{line}", "leave the limit out, or have systemd delegate the controller to this user (Delegate= of user@.service)")),
    (("setrlimit",), _limit),
    (("setting rlimit",), _limit),
    (("rlimit",), _kind(InvalidInput, "{line}", "see getrlimit(2) for the names of limits", subject="--ulimit")),
    (("capset",), _kind(
        Denied, "this process may not give away one of them: {line}", _NAMED_BY_USER, subject="capabilities")),
    (("unable to apply caps",), _kind(
        Denied, "this process may not give away one of them: {line}", _NAMED_BY_USER, subject="capabilities")),
    (("oom_score_adj",), _kind(
        Denied, "a score below that of this process is refused", "ask for a higher one", subject="--oom-score-adj")),
    (("proc/sys/",), _sysctl),
    (("sysctl",), _foreign_sysctl),
    (("memory limit",), _kind(InvalidInput, "the memory limit is too low: {line}", "give more", subject="--memory")),
    (("cpuset",), _processors),
    (("apparmor",), _kind(
        Unsupported, "this host has none, or it does not know this profile: {line}", subject="AppArmor")),
    (("selinux",), _kind(
        Unsupported, "this host has none, or its policy does not know this label: {line}", "seinfo -t lists types", subject="SELinux")),
    (("attr/keycreate",), _kind(
        Unsupported, "this host has none, or its policy does not know this label: {line}", "seinfo -t lists types", subject="SELinux")),
    (("seccomp",), _kind(InvalidInput, "it is refused: {line}", subject="the seccomp profile")),
    (("namespace path:",), _namespace),
    (("cannot setns",), _namespace),
    (("open `/proc/", "/ns/", "no such file"), _namespace),
    (("no uid mappings found",), _kind(
        InvalidInput, "this runtime makes no container in it without --uidmap", subject="--userns ns:…")),
    (("error opening file `", "/status`"), _kind(UnknownToRuntime, "container unknown to the runtime")),
    (("container", "does not exist"), _kind(UnknownToRuntime, "container unknown to the runtime")),
    (("paused",), _kind(WrongState, "the container is paused", "run pycman unpause first")),
    (("exec.fifo",), _kind(WrongState, "its process was started already")),
    (("already running container",), _kind(WrongState, "its process was started already")),
    (("is not in `created` or `stopped`",), _kind(WrongState, "the container still runs")),
    (("that is not stopped",), _kind(WrongState, "the container still runs")),
    (("invalid rootfs",), _kind(MountFailed, "it cannot be used: {line}", subject="the root file system")),
    (("mounting \"",), _mount),
    (("mount `",), _mount),
    (("error stat'ing file",), _mount_source),
)  # fmt: skip
"""(substrings, function that makes the error): the first rule whose substrings are all in the line applies."""


def classify(runtime: str, text: str, *, command: str = "", workdir: str = "") -> PycmanError:
    """Return the error that a runtime's message `text` means; `command` is what was to be run, in `workdir`."""
    complaint = Complaint(runtime, _last_line(text), command, workdir)
    for parts, make_error in _RULES:
        if all(part in complaint.low for part in parts):
            return make_error(complaint)
    return RuntimeFailed(
        f"the OCI runtime says: {complaint.line}" if complaint.line else "it failed without a message", subject=runtime
    )


_PREFIXES = (
    "failed to create shim task: ", "OCI runtime create failed: ", "OCI runtime exec failed: ", "OCI runtime start failed: ",
    "runc create failed: ", "exec failed: ", "unable to start container process: ", "error during container init: ",
)  # fmt: skip


def _last_line(text: str) -> str:
    """Return the message of the last line, without time stamp, level and runc's prefixes; not one that refers to --help.

    If runc's first stage (nsexec) reported an error, return that: the later lines only say that this stage died.
    """
    lines = [_message(line.strip()) for line in text.strip().splitlines() if line.strip()]
    lines = [line for line in lines if not line.startswith("Try `")] or lines
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
