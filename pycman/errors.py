"""What can go wrong, as a tree of kinds; each door maps kinds to its own codes.

    PycmanError
      NotFound          the thing does not exist          (CommandNotFound: the command in a container)
      AlreadyExists     a name or id is taken
      InvalidInput      what was asked makes no sense
      InUse             something else still needs it
      WrongState        the thing is there, but not in a state for this
      Denied            permission refused                (PolicyRefused; CommandNotExecutable: 126)
      Unauthenticated   log in first
      Unsupported       this host or this object cannot do it
      Unavailable       a needed program or server is missing or failed
      TimedOut          it took longer than it may
      NoSpace           a disk or an address range is full
      Corrupt           bytes are not what their digest, size or format says
      Cancelled         stopped by the user or a signal
      OutputFailed      standard output or error cannot be written

A kind answers "what should the caller do?"; a leaf answers "what was it?". `reference` is stable, in kebab-case,
documented, and what tests and scripts look at; the text is for people.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


def _written_out(text: str) -> str:
    r"""Return a text in which bytes that are not UTF-8 (PEP 383) stand as \xff, also where `repr` wrote \udcff for them."""
    if not isinstance(text, str):
        return text  # a value of a document, which no annotation holds
    if "\\udc" in text:
        first, *others = text.split("\\udc")
        for part in others:
            is_byte = part[:1] in tuple("89abcdef") and part[1:2] in tuple("0123456789abcdef") and first[-1:] != "\\"
            first += f"\\x{part}" if is_byte else f"\\udc{part}"
        text = first
    return text if text.isascii() else "".join(map(_written_out_character, text))


def _written_out_character(character: str) -> str:
    number = ord(character)
    if 0xDC80 <= number < 0xDD00:
        return f"\\x{number - 0xDC00:02x}"
    return f"\\u{number:04x}" if 0xD800 <= number < 0xE000 else character


class PycmanError(Exception):
    """Something the user can read: which object, what happened, how to fix it.

    `problem` is a clause without capital or full stop, `subject` what the user typed, `hint` one imperative.
    `code` names the problem for programs: kebab-case and stable whatever the text says, "" where nobody tells this
    problem from others of its kind. `facts` are the values of that problem by name, for whoever words it otherwise.
    """

    reference = "error"
    code = ""
    exit_status = 125
    """Recorded for a container that could not start; `run` and `exec` end with it."""

    def __init__(
        self,
        problem: str,
        *,
        subject: str = "",
        hint: str = "",
        code: str = "",
        facts: dict[str, str] | None = None,
    ) -> None:
        problem, subject, hint = _written_out(problem), _written_out(subject), _written_out(hint)
        super().__init__(problem, subject, hint)
        self.code = code or self.code
        self.facts = facts or {}
        self.problem = problem
        self.subject = subject
        self.hint = hint

    def describe(self) -> str:
        """Return object and reason in one clause, without the hint."""
        return f"{self.subject}: {self.problem}" if self.subject else self.problem

    def __str__(self) -> str:
        text = f"{self.describe()} ({self.hint})" if self.hint else self.describe()
        return " ".join(text.split())  # one line, whatever a stranger's name contains


class NotFound(PycmanError):
    """The thing does not exist. `problem` reads "no such container"."""

    reference = "not-found"

    def describe(self) -> str:
        """Return docker's order of words: no such container: NAME."""
        return f"{self.problem}: {self.subject}" if self.subject else self.problem


class CommandNotFound(NotFound):
    """The command to run is not in the container."""

    reference = "command-not-found"
    exit_status = 127


class AlreadyExists(PycmanError):
    """A name or id is taken."""

    reference = "already-exists"


class InvalidInput(PycmanError):
    """What was asked makes no sense: a flag, a name, a reference, a size, a user."""

    reference = "invalid-input"


class InUse(PycmanError):
    """Something else still needs it."""

    reference = "in-use"


class WrongState(PycmanError):
    """The object is there, but not in a state for this."""

    reference = "wrong-state"


class NotRunning(WrongState):
    """The container does not run."""

    reference = "not-running"


class Denied(PycmanError):
    """Permission refused, by the kernel, a policy or a registry."""

    reference = "denied"


class PolicyRefused(Denied):
    """policy.json lets no such image in: it rejects it, or none of its signatures is accepted."""

    reference = "policy-refused"


class CommandNotExecutable(Denied):
    """The command to run is in the container but cannot be executed."""

    reference = "command-not-executable"
    exit_status = 126


class Unauthenticated(PycmanError):
    """The other side wants to know who is asking."""

    reference = "unauthenticated"


class Unsupported(PycmanError):
    """This host, or this object, cannot do it."""

    reference = "unsupported"


class Unavailable(PycmanError):
    """A needed program or server is missing, or failed."""

    reference = "unavailable"


class RuntimeFailed(Unavailable):
    """The OCI runtime or the monitor could not do its work; its own words are in `problem`."""

    reference = "runtime-failed"


class MountFailed(Unavailable):
    """The kernel refused a mount."""

    reference = "mount-failed"


class TimedOut(PycmanError):
    """It took longer than it may."""

    reference = "timed-out"


class NoSpace(PycmanError):
    """A disk, a quota or a range of addresses or ids is full."""

    reference = "no-space"


class Corrupt(PycmanError):
    """Bytes are not what their digest, size or format says."""

    reference = "corrupt"


class Cancelled(PycmanError):
    """Stopped by the user or a signal."""

    reference = "cancelled"


class OutputFailed(PycmanError):
    """Standard output or error cannot be written: the disk of the file is full, or the terminal is gone."""

    reference = "output-failed"

    def __init__(self, problem: str, *, subject: str = "standard output", hint: str = "") -> None:
        super().__init__(problem, subject=subject, hint=hint)


def output_failed(error: OSError, descriptor: int = 1) -> OutputFailed:
    """Return the error for a failed write to standard output or, for descriptor 2, standard error."""
    reason = (error.strerror or str(error)).lower()
    return OutputFailed(reason, subject="standard error" if descriptor == 2 else "standard output")


def from_os_error(error: OSError, *, subject: str = "", doing: str = "") -> PycmanError:
    """Return the kind that fits an errno; `doing` is a clause such as "cannot write the layer"."""
    import errno  # a built-in module: free

    reason = (error.strerror or str(error)).lower()
    text = f"{doing}: {reason}" if doing else reason
    kind: type[PycmanError] = Unavailable
    hint = ""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        kind, hint = NoSpace, "free some space, for example with pycman system prune"
    elif error.errno in (errno.EACCES, errno.EPERM):
        kind = Denied
    elif error.errno == errno.ENOENT:
        return NotFound(text, subject=subject)
    elif error.errno in (errno.ENOSYS, errno.EOPNOTSUPP):
        kind = Unsupported
    elif error.errno == errno.ETIMEDOUT:
        kind = TimedOut
    return kind(text, subject=subject, hint=hint)


def encode_error(error: BaseException) -> dict[str, Any]:
    """Return an error as JSON has it, to be raised again by another process; one of no kind of ours keeps its text only."""
    if not isinstance(error, PycmanError):
        error = Unavailable(f"{type(error).__name__}: {error}")
    kind = next(each.__name__ for each in type(error).__mro__ if each.__module__ == __name__)
    return {"kind": kind, "problem": error.problem, "subject": error.subject, "hint": error.hint,
            "reference": error.reference, "exit_status": error.exit_status, "code": error.code, "facts": error.facts}  # fmt: skip


def decode_error(value: Mapping[str, Any]) -> PycmanError:
    """Return the error that `encode_error` was given, of the nearest kind in this file."""
    kind = globals().get(str(value["kind"]), PycmanError)
    error: PycmanError = kind(str(value["problem"]), subject=str(value["subject"]), hint=str(value["hint"]))
    error.code = str(value["code"])
    error.facts = dict(value["facts"])
    error.reference = str(value["reference"])
    error.exit_status = int(value["exit_status"])
    return error
