"""__complete: answer a shell's TAB: one candidate a line, with a tab before what it is. ":files" lets the shell complete."""

from __future__ import annotations

import sys

from cli.help_texts import TEXTS
from cli.parse import FlagTable
from cli.table import ALIASES, COMMANDS, HIDDEN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call

_CONTAINERS = frozenset(
    "start stop restart kill rm pause unpause wait rename init update exec attach logs top stats port diff export commit"
    " mount unmount inspect why cp".split()
) | {"container exists", "container cleanup", "container inspect", "healthcheck run", "network reload"}
_RUNNING = frozenset(("network reload", "stop", "kill", "pause", "exec", "attach", "top", "stats"))
_IMAGES = frozenset("run create push rmi tag untag save history inspect".split()) | {
    "image inspect", "image exists", "image tree", "image diff", "image mount", "image unmount",
}  # fmt: skip
_NO_PODS = frozenset(("pod create", "pod ps", "pod prune"))
_NETWORK_THEN_CONTAINER = frozenset(("network connect", "network disconnect"))
_NETWORKS = _NETWORK_THEN_CONTAINER | {
    "network exists", "network inspect", "network rm", "network update", "inspect",
}  # fmt: skip
_VALUES = {
    "restart": ("no", "on-failure", "always", "unless-stopped"),
    "pull": ("always", "missing", "never", "newer"),
    "policy": ("always", "missing", "never", "newer"),
    "network-mode": ("none", "host", "container:", "ns:", "pasta", "slirp4netns"),
    "userns": ("host", "auto", "keep-id", "nomap", "container:"),
    "pid": ("host", "private", "container:"),
    "ipc": ("host", "private", "shareable", "none", "container:"),
    "uts": ("host", "private", "container:"),
    "log-driver": ("k8s-file", "json-file", "none", "passthrough"),
    "exit-policy": ("continue", "stop"),
    "validate": ("strict", "warn", "ignore"),
    "health-on-failure": ("none", "kill", "restart", "stop"),
    "type": ("container", "image", "volume", "network", "secret"),
    "format": ("json", "table"),
    "log-level": ("debug", "info", "warn", "error"),
    "storage-driver": ("overlay", "fuse-overlayfs", "copies"),
    "ipam-driver": ("host-local", "none"),
    "platform": ("linux/amd64", "linux/arm64", "linux/arm/v7"),
    "signal": ("TERM", "KILL", "HUP", "INT", "QUIT", "USR1", "USR2"),
    "stop-signal": ("TERM", "KILL", "HUP", "INT", "QUIT"),
    "sort": ("created", "id", "image", "names", "status"),
}


def run(call: Call) -> int:
    """Answer; never an error, a TAB must not make a mess of the screen."""
    *words, current = call.arguments or [""]
    try:
        lines = candidates(call, words, current)
    except Exception:  # a completion is no place for a message
        return 0
    sys.stdout.write("".join(line + "\n" for line in lines))
    return 0


def candidates(call: Call, words: list[str], current: str) -> list[str]:
    """Return what may stand in place of `current` after `words`."""
    command, rest = _command(words)
    if not command:
        return _commands(words, current)
    table = FlagTable(COMMANDS[command][3])
    if rest:
        value = _flag_waiting(table, rest[-1])
        if value:
            return _values(call, value, current)
    if current.startswith("-"):
        return [f"--{name}\t" for name in sorted(table.kinds) if f"--{name}".startswith(current)]
    if command in ("run", "create", "exec") and _has_argument(table, rest):
        return [":files"]
    return _names(call, command, rest, current)


def _command(words: list[str]) -> tuple[str, list[str]]:
    bare = [word for word in words if not word.startswith("-")] if words and words[0].startswith("-") else words
    for count in (2, 1):
        name = " ".join(bare[:count])
        target = ALIASES.get(name, name)
        if len(bare) >= count and target in COMMANDS and target not in HIDDEN:
            return target, bare[count:]
    return "", bare


def _commands(words: list[str], current: str) -> list[str]:
    every = [name for name in (*COMMANDS, *ALIASES) if name not in HIDDEN]
    prefix = f"{words[0]} " if words else ""
    if prefix:
        found = {name[len(prefix) :] for name in every if name.startswith(prefix)}
    else:
        found = {name.partition(" ")[0] for name in every}
    return [f"{name}\t{_summary(prefix + name)}" for name in sorted(found) if name.startswith(current)]


def _summary(name: str) -> str:
    lines = TEXTS.get(ALIASES.get(name, name), "").split("\n")
    return lines[2].rstrip(".") if len(lines) > 2 else ""


def _flag_waiting(table: FlagTable, word: str) -> str:
    """Return the flag that wants a value after `word`, or ""."""
    name = word[2:] if word.startswith("--") else table.shorts.get(word[1:], "") if word.startswith("-") else ""
    return name if name and "=" not in word and table.kinds.get(name, "b") != "b" else ""


def _has_argument(table: FlagTable, rest: list[str]) -> bool:
    waiting = ""
    for word in rest:
        if not word.startswith("-") and not waiting:
            return True
        waiting = _flag_waiting(table, word) if word.startswith("-") else ""
    return False


def _values(call: Call, flag: str, current: str) -> list[str]:
    if flag in _VALUES:
        return [f"{value}\t" for value in _VALUES[flag] if value.startswith(current)]
    if flag in ("volumes-from",):
        return _starting([(c.name, c.image_name) for c in call.engine.containers.list(all=True)], current)
    if flag == "pod":
        return _starting([*_pods(call), ("new:", "")], current)
    if flag in ("network", "net"):
        modes = [(name, "") for name in _VALUES["network-mode"]]
        return _starting(
            [*modes, *((network.name, network.driver) for network in call.engine.networks.list())], current
        )
    if flag == "volume" and ":" not in current and not current.startswith(("/", ".")):
        return _starting([(volume.name, "volume") for volume in call.engine.volumes.list()], current) or [":files"]
    return [":files"]


def _names(call: Call, command: str, rest: list[str], current: str) -> list[str]:
    found: list[tuple[str, str]] = []
    second = command in _NETWORK_THEN_CONTAINER and _has_argument(FlagTable(COMMANDS[command][3]), rest)
    if command in _CONTAINERS or second:
        containers = call.engine.containers.list(all=command not in _RUNNING)
        found += [(container.name, f"{container.state} {container.image_name}") for container in containers]
        if command == "cp":
            found = [(f"{name}:", what) for name, what in found]
    if command in _IMAGES:
        for image in call.engine.images.list():
            found += [
                (name.removeprefix("docker.io/library/").removeprefix("docker.io/"), image.id[:12])
                for name in image.names
            ]
    if command in _NETWORKS and not second:
        found += [(network.name, network.driver) for network in call.engine.networks.list()]
    if command.startswith("volume ") and command not in ("volume create", "volume ls", "volume prune"):
        found += [(volume.name, volume.driver) for volume in call.engine.volumes.list()]
    if command.startswith("secret ") and command not in ("secret create", "secret ls"):
        found += [(secret.name, secret.id) for secret in call.engine.secrets.list()]
    if command.startswith("pod ") and command not in _NO_PODS or command == "kube generate":
        found += _pods(call)
    if command == "completion":
        found += [("bash", ""), ("zsh", ""), ("fish", "")]
    taken = set(rest)
    names = _starting([(name, what) for name, what in found if name not in taken], current)
    return names or ([":files"] if command in ("cp", "import", "load", "kube play", "kube down") else [])


def _pods(call: Call) -> list[tuple[str, str]]:
    from pods.api import Pods  # a room of its own

    return [(pod.name, pod.state) for pod in Pods(call.engine).list()]


def _starting(pairs: list[tuple[str, str]], current: str) -> list[str]:
    return [f"{name}\t{what}" for name, what in pairs if name.startswith(current)]
