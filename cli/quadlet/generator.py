"""The programs pycman-system-generator and pycman-user-generator, which systemd starts before it reads units (systemd.generator(7))."""

from __future__ import annotations

import os
import sys

from cli.habits import habits_of
from cli.quadlet.search import folders, read_units
from cli.quadlet.translate import translate

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.quadlet.unit_file import UnitFile

_GENERATORS_BELOW = ("/etc/systemd", "/usr/local/lib/systemd", "/usr/lib/systemd", "/lib/systemd", "/run/systemd")
"""Folders in which systemd looks for system-generators and user-generators (systemd.generator(7))."""
_BY_RANK = ("/run/systemd", "/etc/systemd", "/usr/local/lib/systemd", "/usr/lib/systemd", "/lib/systemd")
"""The same, the first to win where several have a generator of one name."""
_OF_PACKAGES = ("/usr/lib/systemd/", "/lib/systemd/")
_SWITCHES = ("v", "no-kmsg-log", "user", "dryrun", "version")
_USAGE = """Usage: {name} [-dryrun] [-no-kmsg-log] [-user] [-v] [-version] [DIRECTORY]

Write systemd services for the Quadlet files on this host into DIRECTORY.

  -dryrun        Print the services and what is done, and write nothing
  -no-kmsg-log   Do not write messages into the kernel's log
  -user          Make services of the user's systemd, as pycman-user-generator does
  -v             Say which files are read and written
  -version       Print podman's release whose files are understood
"""


class _Log:
    """Messages of a generator go into the kernel's log, as systemd's journal does not run yet; else to standard error."""

    def __init__(self) -> None:
        self.failed = False
        self.verbose = False
        self.kernel = True
        self.dry = False

    def say(self, text: str) -> None:
        line = f"quadlet-generator[{os.getpid()}]: {text}"
        if not self._to_kernel(line) or self.dry:
            sys.stderr.write(f"{line}\n")
            sys.stderr.flush()

    def detail(self, text: str) -> None:
        if self.verbose:
            self.say(text)

    def problem(self, text: str) -> None:
        self.failed = True
        self.say(text)

    def _to_kernel(self, line: str) -> bool:
        if not self.kernel:
            return False
        try:
            descriptor = os.open("/dev/kmsg", os.O_WRONLY | os.O_CLOEXEC)
        except OSError:
            self.kernel = False
            return False
        try:
            os.write(descriptor, line.encode(errors="surrogateescape"))
        except OSError:
            return False
        finally:
            os.close(descriptor)
        return True


def run_generator(argv: list[str]) -> int:
    """Be the generator: `argv` begins with the program's name, which says whose systemd it is. Return the exit status."""
    name = os.path.basename(argv[0])
    switches: set[str] = set()
    rest = argv[1:]
    while rest and rest[0].startswith("-"):
        word = rest.pop(0)
        if word == "--":
            break
        switch = word.lstrip("-")
        if switch in ("h", "help"):
            sys.stderr.write(_USAGE.format(name=name))
            return 0
        if switch not in _SWITCHES:
            sys.stderr.write(f"flag provided but not defined: -{switch}\n{_USAGE.format(name=name)}")
            return 2
        switches.add(switch)
    if "version" in switches:
        sys.stdout.write(f"{habits_of('podman').release}\n")
        return 0
    log = _Log()
    log.dry = "dryrun" in switches
    log.verbose = log.dry or "v" in switches
    log.kernel = not log.dry and "no-kmsg-log" not in switches
    user = "user" in name or "user" in switches
    other = podmans_generator(user=user) if argv[0].startswith(_OF_PACKAGES) and not log.dry else ""
    if other:
        log.detail(f"{other} makes services of these files; where it is masked, pycman does")
    elif rest or log.dry:
        _generate(rest[0] if rest else "", argv[0], log, user=user)
    else:
        log.problem("missing output directory argument")
    if log.failed:
        log.say("processing encountered some errors")
    return int(log.failed)


def _generate(output: str, program: str, log: _Log, *, user: bool) -> None:
    if not log.dry:
        log.detail(f"Starting quadlet-generator, output to: {output}")
    places, problems = folders(os.environ, user=user)
    for problem in problems:
        log.say(problem)
    found = read_units(places, log.detail)
    for problem in found.problems:
        log.problem(problem)
    if not found.units:
        log.detail(f"No files parsed from [{' '.join(places)}]")
        return
    if not log.dry and not _make_folder(output, log):
        return
    for each in translate(found.units, command_path(program), user=user):
        for warning in each.warnings:
            log.say(warning)
        if each.service is None:
            log.problem(f'converting "{each.unit.name}": {each.failure}')
        elif log.dry:
            sys.stdout.write(f"---{os.path.join(output, each.service.name)}---\n{each.service.text()}\n")
        else:
            _write(each.service, output, program, log)


def command_path(program: str) -> str:
    """Return the path of the program that services call: $PODMAN, else the `pycman` that lies beside the generator."""
    named = os.environ.get("PODMAN", "")
    if named:
        return named
    for folder in (os.path.dirname(os.path.realpath(program)), os.path.dirname(sys.executable)):
        if os.access(f"{folder}/pycman", os.X_OK):
            return f"{folder}/pycman"
    return "/usr/bin/pycman"


def missing_generator(*, user: bool, folders_above: tuple[str, ...] = _GENERATORS_BELOW) -> str:
    """Return what to do where systemd would start no generator for Quadlet files, "" where it starts ours or podman's."""
    kind = "user" if user else "system"
    for above in folders_above:
        for name in (f"pycman-{kind}-generator", f"podman-{kind}-generator"):
            if os.access(f"{above}/{kind}-generators/{name}", os.X_OK):
                return ""
    own = f"{os.path.dirname(sys.executable)}/pycman-{kind}-generator"
    target = f"{_GENERATORS_BELOW[0]}/{kind}-generators"
    return f"systemd makes no services of these files yet: sudo mkdir -p {target} && sudo ln -s {own} {target}/"


def podmans_generator(*, user: bool, folders_above: tuple[str, ...] = _BY_RANK) -> str:
    """Return the generator of podman that systemd starts, too, "" where there is none or it is masked (a link to /dev/null).

    Of two that make the same services, one would have the other's containers: who installs pycman's package beside podman's did not ask for that.
    """
    kind = "user" if user else "system"
    paths = [f"{above}/{kind}-generators/podman-{kind}-generator" for above in folders_above]
    path = next(filter(os.path.lexists, paths), "")
    return path if os.access(path, os.X_OK) else ""


def _make_folder(path: str, log: _Log) -> bool:
    parent = os.path.dirname(path)
    if parent and not os.path.isdir(parent) and not _make_folder(parent, log):
        return False
    try:
        os.mkdir(path)
    except FileExistsError:
        pass
    except OSError as error:
        log.problem(f"mkdir {path}: {(error.strerror or '').lower()}")
        return False
    return True


def _write(service: UnitFile, output: str, program: str, log: _Log) -> None:
    path = f"{output}/{service.name}"
    log.detail(f'writing "{path}"')
    service.add_comment("", f"Automatically generated by {program}", "")
    try:
        with open(path, "w", encoding="utf-8", errors="surrogateescape") as file:
            file.write(service.text())
    except OSError as error:
        log.problem(f"generating service file {path}: {error.strerror}")
        return
    for link, target in links_of(service):
        _link(f"{output}/{link}", target, log)


def links_of(service: UnitFile) -> list[tuple[str, str]]:
    """Return (path below the output, target) of the links that the section [Install] asks for, as `systemctl enable` makes them."""
    links = list(service.items("Install", "Alias"))
    name = service.name
    base, instance = service.template()
    if instance == "":
        default = service.value("Install", "DefaultInstance")
        name = f"{base}@{default}.service" if default is not None and "/" not in default else ""
    for key, folder in (("WantedBy", "wants"), ("RequiredBy", "requires"), ("UpheldBy", "upholds")):
        if name:
            links += [f"{unit}.{folder}/{name}" for unit in service.items("Install", key) if "/" not in unit]
    inside = [
        link for link in map(os.path.normpath, links) if not link.startswith(("/", "../")) and link not in (".", "..")
    ]
    return [(link, os.path.relpath(service.name, os.path.dirname(link) or ".")) for link in inside]


def _link(path: str, target: str, log: _Log) -> None:
    if not _make_folder(os.path.dirname(path), log):
        return
    log.detail(f"Creating symlink {path} -> {target}")
    try:
        if os.path.lexists(path):
            os.unlink(path)
        os.symlink(target, path)
    except OSError as error:
        log.say(f"Failed creating symlink {path}: {error.strerror}")
