"""Units of `generate systemd`, letter for letter as podman writes them: programs and people edit them by pattern. Pure."""

from __future__ import annotations

from cli.parse import FlagTable, parse_flags
from cli.table import COMMANDS
from pycman.errors import InvalidInput
from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

RESTART_POLICIES = ("no", "on-success", "on-failure", "on-abnormal", "on-watchdog", "on-abort", "always")
_LEAST_STOP_S = 60
_ID_FILE = "%t/%n.ctr-id"
_RUNS_ANYWAY = ("--rm",)
_REPLACED = ("--cgroups", "--cidfile", "--restart")
_OF_PODS = ("--pod", "--pod-id-file", "--infra-conmon-pidfile")


class UnitOptions(Record):
    """What the command line says: `stamp` is the time in the header, "" for no header, `release` podman's in whose words it is.

    `restart_policy` "" and the times None are not said.
    """

    program: str
    release: str = ""
    stamp: str = ""
    new: bool = False
    by_name: bool = False
    template: bool = False
    container_prefix: str = "container"
    pod_prefix: str = "pod"
    separator: str = "-"
    restart_policy: str = ""
    restart_s: int | None = None
    start_timeout_s: int | None = None
    stop_timeout_s: int | None = None
    wants: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    env: tuple[str, ...] = ()


class UnitContainer(Record):
    """A container as units need it. `command` is the command line that made it, without the program; `env` its variables."""

    id: str
    name: str
    command: tuple[str, ...] = ()
    pid_file: str = ""
    stop_timeout_s: int = 10
    run_root: str = ""
    env: Mapping[str, str] = {}
    needs: tuple[str, ...] = ()
    """Service names, without ".service", of what it needs: its pod and containers."""
    pod_id_file: str = ""
    """With `new`: where its pod's unit writes the id."""


class UnitPod(Record):
    """A pod as units need it: with its infra container and the service names of its members."""

    id: str
    name: str
    infra: UnitContainer
    command: tuple[str, ...] = ()
    members: tuple[str, ...] = ()


def container_service(container: UnitContainer, options: UnitOptions) -> str:
    """Return the name of a container's unit, without ".service"."""
    return _service(options.container_prefix, options, container.name if options.by_name else container.id)


def pod_service(pod: UnitPod, options: UnitOptions) -> str:
    """Return the name of a pod's unit, without ".service"."""
    return _service(options.pod_prefix, options, pod.name if options.by_name else pod.id)


def pod_id_file(pod: UnitPod, options: UnitOptions) -> str:
    """Return where a pod's unit writes the id of the pod that it makes."""
    return f"%t/{pod_service(pod, options)}.pod-id"


def _service(prefix: str, options: UnitOptions, name: str) -> str:
    return f"{prefix}{options.separator}{name}" if prefix else name


def container_unit(container: UnitContainer, options: UnitOptions) -> str:
    """Return a container's unit. Raises InvalidInput if the command line that made it cannot be used with --new."""
    named = container.name if options.by_name else container.id
    service = container_service(container, options)
    seconds = container.stop_timeout_s if options.stop_timeout_s is None else options.stop_timeout_s
    restart, burst, variables = options.restart_policy or "on-failure", "", []
    lines = []
    if options.new:
        run = _RunLine(container, options)
        restart, burst, variables = run.restart or restart, run.burst, run.variables
        run_root = "%t/containers"
        commands = [
            f"ExecStart={_on_lines(run.words(service))}",
            f"ExecStop={options.program} stop \\\n\t--ignore -t {seconds} \\\n\t--cidfile={_ID_FILE}",
            f"ExecStopPost={options.program} rm \\\n\t-f \\\n\t--ignore -t {seconds} \\\n\t--cidfile={_ID_FILE}",
        ]
        kind = ["Type=notify", "NotifyAccess=all"]
    else:
        run_root = container.run_root
        stop = f"{options.program} stop  \\\n\t-t {seconds} {named}"
        commands = [f"ExecStart={options.program} start {named}", f"ExecStop={stop}", f"ExecStopPost={stop}"]
        kind = [f"PIDFile={container.pid_file}", "Type=forking"]
    lines += _header(service, run_root, options, template=options.template)
    if container.needs:
        units = " ".join(f"{name}.service" for name in sorted(container.needs))
        lines += [f"BindsTo={units}", f"After={units}"]
    lines += _dependencies(options)
    lines += ["", "[Service]", f"Environment=PODMAN_SYSTEMD_UNIT=%n{'-%i' if options.template else ''}"]
    lines += [f"Environment={' '.join(variables)}"] if variables else []
    lines += [f"Environment={_escape(text)}" for text in options.env]
    lines += [f"Restart={restart}", *_if_given("RestartSec", options.restart_s)]
    lines += [f"StartLimitBurst={burst}"] if burst else []
    lines += _if_given("TimeoutStartSec", options.start_timeout_s)
    lines += [f"TimeoutStopSec={_LEAST_STOP_S + seconds}", *commands, *kind]
    return "\n".join([*lines, "", "[Install]", "WantedBy=default.target", ""])


def pod_unit(pod: UnitPod, options: UnitOptions) -> str:
    """Return a pod's unit, on which those of its members depend. Raises InvalidInput for --new of a pod that `run` made."""
    service = pod_service(pod, options)
    infra = pod.infra.name if options.by_name else pod.infra.id
    seconds = pod.infra.stop_timeout_s if options.stop_timeout_s is None else options.stop_timeout_s
    if options.new:
        program, id_file, pid_file = options.program, pod_id_file(pod, options), f"%t/{service}.pid"
        root_flags, create = _pod_line(pod, pid_file, id_file, options)
        start = f"{program} {root_flags}pod "
        commands = [
            f"ExecStartPre={_on_lines(create)}",
            f"ExecStart={start}start \\\n\t--pod-id-file {id_file}",
            f"ExecStop={start}stop \\\n\t--ignore \\\n\t--pod-id-file {id_file}  \\\n\t-t {seconds}",
            f"ExecStopPost={start}rm \\\n\t--ignore \\\n\t-f \\\n\t--pod-id-file {id_file}",
        ]
    else:
        pid_file = pod.infra.pid_file
        stop = f"{options.program} stop  \\\n\t-t {seconds} {infra}"
        commands = [f"ExecStart={options.program} start {infra}", f"ExecStop={stop}", f"ExecStopPost={stop}"]
    lines = _header(service, pod.infra.run_root, options, template=False)
    members = " ".join(f"{name}.service" for name in sorted(pod.members))
    lines += [f"Wants={members}", f"Before={members}", *_dependencies(options), "", "[Service]"]
    lines += ["Environment=PODMAN_SYSTEMD_UNIT=%n", f"Restart={options.restart_policy or 'on-failure'}"]
    lines += [*_if_given("RestartSec", options.restart_s), f"TimeoutStopSec={_LEAST_STOP_S + seconds}", *commands]
    lines += [f"PIDFile={pid_file}", "Type=forking"]
    return "\n".join([*lines, "", "[Install]", "WantedBy=default.target", ""])


def _header(service: str, run_root: str, options: UnitOptions, *, template: bool) -> list[str]:
    lines = [f"# {service}{'@' if template else ''}.service"]
    if options.stamp:
        lines += [f"# autogenerated by Podman {options.release}", f"# {options.stamp}"]
    return [
        *lines, "", "[Unit]", f"Description=Podman {service}.service{' for %I' if template else ''}",
        "Documentation=man:podman-generate-systemd(1)", "Wants=network-online.target", "After=network-online.target",
        f"RequiresMountsFor={run_root}",
    ]  # fmt: skip


def _dependencies(options: UnitOptions) -> list[str]:
    given = [("Wants", options.wants), ("After", options.after), ("Requires", options.requires)]
    lines = [f"{key}={' '.join(units)}" for key, units in given if units]
    return ["", "# User-defined dependencies", *lines] if lines else []


def _if_given(key: str, value: int | None) -> list[str]:
    return [f"{key}={value}"] if value else []


class _RunLine:
    """The `run` of a unit that makes its container, from the command line that made it the first time."""

    def __init__(self, container: UnitContainer, options: UnitOptions) -> None:
        command = list(container.command)
        at = next((index for index, word in enumerate(command) if word in ("run", "create")), -1)
        if at < 0:
            raise InvalidInput(
                "no command line that made it is known",
                subject=container.name,
                hint="leave out --new: it was made by a program",
            )
        root_flags, rest = command[:at], command[at + 1 :]
        if command[max(at - 1, 0) : at] == ["container"]:
            root_flags = command[: at - 1]
        flags, arguments = parse_flags(FlagTable(COMMANDS["run"][3]), rest, stop_at_first=True)
        words, arguments = rest[: len(rest) - len(arguments)], rest[len(rest) - len(arguments) :]
        begin = [options.program, *root_flags, "run", f"--cidfile={_ID_FILE}", "--cgroups=no-conmon", "--rm"]
        words = _without(words, _REPLACED, _RUNS_ANYWAY)
        if container.pod_id_file:
            begin += ["--pod-id-file", container.pod_id_file]
            words = _without(words, _OF_PODS)
        if flags.get("sdnotify", "ignore") == "ignore":
            words = _without(words, ("--sdnotify",))
            begin.append("--sdnotify=conmon")
        if not flags.get("detach"):
            words = [word for word in words if word not in ("-d=false", "--detach=false")]
            begin.append("-d")
        if "name" in flags and not flags.get("replace"):
            words = [word for word in words if word != "--replace=false"]
            begin.append("--replace")
        policy, _colon, burst = str(flags.get("restart", "")).partition(":")
        own_policy = {"unless-stopped": "always"}.get(policy, policy) if not options.restart_policy else ""
        self.restart, self.burst = own_policy, burst if own_policy == "on-failure" else ""
        names = flags.get("env", ())
        assert isinstance(names, (list, tuple))
        self.variables = [
            _escape(f"{name}={container.env[name]}") for name in names if "=" not in name and name in container.env
        ]
        self._begin, self._flags, self._arguments, self._template = begin, words, arguments, options.template
        self._pod_id_file = container.pod_id_file

    def words(self, service: str) -> list[str]:
        """Return the escaped words, with the instance in the container's name if it is a template."""
        flags = self._flags
        begin = [word if word == self._pod_id_file else _escape(word) for word in self._begin]
        escaped = [*map(_escape, flags)]
        if self._template:
            named = next(
                (index for index, word in enumerate(flags) if word == "--name" or word.startswith("--name=")), -1
            )
            if named < 0:
                begin.insert(begin.index("run") + 1, f"--name={service}-%i")
            else:
                escaped[named + (flags[named] == "--name")] += "-%i"
        return [*begin, *escaped, *map(_escape, self._arguments)]


def _pod_line(pod: UnitPod, pid_file: str, id_file: str, options: UnitOptions) -> tuple[str, list[str]]:
    """Return the global flags as text that ends with a blank, and the words of the `pod create` that makes it again."""
    command = list(pod.command)
    at = next((index for index in range(len(command) - 1) if command[index : index + 2] == ["pod", "create"]), -1)
    if at < 0:
        raise InvalidInput("it was not made by pod create", subject=pod.name, hint="leave out --new")
    root_flags, rest = command[:at], command[at + 2 :]
    flags, _names = parse_flags(FlagTable(COMMANDS["pod create"][3]), rest, stop_at_first=False)
    words = _without(rest, _OF_PODS)
    begin = [
        options.program,
        *root_flags,
        "pod",
        "create",
        "--infra-conmon-pidfile",
        pid_file,
        "--pod-id-file",
        id_file,
    ]
    if "name" in flags and not flags.get("replace"):
        words = [*(word for word in words if word != "--replace=false"), "--replace"]
    if "exit-policy" not in flags:
        begin.append("--exit-policy=stop")
    escaped = [word if word in (pid_file, id_file) else _escape(word) for word in (*begin, *words)]
    return "".join(f"{_escape(word)} " for word in root_flags), escaped


def _without(words: Sequence[str], with_value: Sequence[str], switches: Sequence[str] = ()) -> list[str]:
    """Return words without flags, be their value in the same word or in the next."""
    kept: list[str] = []
    skip = False
    for word in words:
        name = word.partition("=")[0]
        if skip:
            skip = False
        elif name in with_value:
            skip = word == name
        elif name not in switches:
            kept.append(word)
    return kept


def _on_lines(words: Sequence[str]) -> str:
    """Return a command line with each word that begins with a dash on a line of its own."""
    return words[0] + "".join(f" \\\n\t{word}" if word.startswith("-") else f" {word}" for word in words[1:])


def _escape(word: str) -> str:
    """Return a word as a unit holds it: nothing in it is a variable or a specifier of systemd. That of its own id file is one."""
    if _ID_FILE in word:
        return word
    word = word.replace("$", "$$").replace("%", "%%")
    if any(character in word for character in ' \t"'):
        inside = word.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t").replace("\n", "\\n")
        return f'"{inside}"'
    return word.replace("\\", "\\\\")
