"""What OCI runtimes and conmon complain of, as kinds of errors. Text is all they leave, so text is looked at: here only,
in one pure function, with what each version really printed as its test data.
"""

from __future__ import annotations

from pycman.errors import (
    CommandNotExecutable,
    CommandNotFound,
    Denied,
    NotFound,
    PycmanError,
    RuntimeFailed,
    Unsupported,
)

_NOT_FOUND = (
    "executable file not found",
    "executable file `",
    "no such file or directory: oci runtime attempted to invoke",
)
_NOT_EXECUTABLE = (
    "exec format error",
    "is a directory",
    "permission denied: oci permission denied",
    "text file busy",
)


def classify(runtime: str, text: str, *, command: str = "") -> PycmanError:
    """Return the error that a runtime's last words mean; `command` is what was to be run."""
    line = _last_line(text)
    low = line.lower()
    if "executable file" in low and "not found" in low:
        return CommandNotFound("executable file not found in $PATH", subject=_quoted(line) or command)
    if "exec: " in low and "no such file or directory" in low or "open executable" in low and "no such file" in low:
        return CommandNotFound("no such file or directory", subject=_quoted(line) or command)
    if "exec format error" in low:
        return CommandNotExecutable("exec format error", subject=command)
    if ("exec" in low or "open executable" in low) and ("permission denied" in low or "is a directory" in low):
        reason = "is a directory" if "is a directory" in low else "permission denied"
        return CommandNotExecutable(reason, subject=_quoted(line) or command)
    if "chdir" in low or "cwd" in low and "no such file" in low:
        return RuntimeFailed(f"the working directory cannot be entered: {line}", subject=runtime)
    if "hybrid mode" in low:
        return Unsupported(
            "cgroups in hybrid mode are not supported by this runtime",
            subject=runtime,
            hint="use --runtime runc, or mount the controller that is left on v2 as v1",
        )
    if "setrlimit" in low:
        return Denied(
            f"a limit above the present hard limit: {line}", subject=runtime, hint="ask for less with --ulimit"
        )
    if "does not exist" in low and "container" in low:
        return NotFound("the runtime does not know this container", subject=command or runtime)
    return RuntimeFailed(line or "it failed without a word", subject=runtime)


def _last_line(text: str) -> str:
    """Return the line that tells most: the last one, without time stamps and level words."""
    lines = [line.strip() for line in text.strip().splitlines() if line.strip()]
    if not lines:
        return ""
    line = lines[-1]
    for noise in ("time=", "level="):
        if noise in line and 'msg="' in line:
            line = line.partition('msg="')[2].rstrip('"').replace('\\"', '"')
            break
    return line


def _quoted(line: str) -> str:
    for mark in ("`", '"'):
        parts = line.split(mark)
        if len(parts) >= 3 and parts[1] and "/" not in parts[1][:0]:
            return parts[1]
    return ""
