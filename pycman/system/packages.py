"""Which package of the distribution a program comes from: Debian's dpkg and rpm are asked."""

from __future__ import annotations

from pycman.linux.processes import find_program, run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

UNKNOWN = "Unknown"
_TIMEOUT_S = 10


def packages_of(paths: Iterable[str]) -> dict[str, str]:
    """Return the package of each path, as NAME_VERSION_ARCHITECTURE (dpkg) or as rpm names it; "Unknown" for a file of none."""
    wanted = [path for path in dict.fromkeys(paths) if path]
    found = dict.fromkeys(wanted, UNKNOWN)
    if not wanted:
        return found
    if dpkg := find_program("dpkg-query"):
        found.update(_from_dpkg(dpkg, wanted))
    elif rpm := find_program("rpm"):
        found.update({path: package for path in wanted if (package := _from_rpm(rpm, path))})
    return found


def _from_dpkg(dpkg: str, paths: list[str]) -> dict[str, str]:
    owners = {}
    for line in _output([dpkg, "--search", *paths]).splitlines():
        names, colon, path = line.partition(": ")
        if colon and path in paths:
            owners[path] = names.split(",")[0].partition(":")[0]
    if not owners:
        return {}
    form = "${Package} ${Package}_${Version}_${Architecture}\\n"
    lines = _output([dpkg, "--show", f"--showformat={form}", *sorted(set(owners.values()))]).splitlines()
    versions = dict(line.split(" ", 1) for line in lines if " " in line)
    return {path: versions[name] for path, name in owners.items() if name in versions}


def _from_rpm(rpm: str, path: str) -> str:
    finished = run([rpm, "--query", "--file", path], timeout_s=_TIMEOUT_S)
    return finished.stdout.decode("utf-8", "replace").strip() if not finished.status else ""


def _output(command: list[str]) -> str:
    return run(command, timeout_s=_TIMEOUT_S).stdout.decode("utf-8", "replace")
