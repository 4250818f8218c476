"""Write what a running command needs from `describe/`: cli/table.py, cli/help_texts.py and the scripts in completions/.

python -m cli.generate            write them
python -m cli.generate --check    end with 1 if one of them is not what this would write
"""

from __future__ import annotations

import pathlib
import sys
from typing import Any

import typer

from cli.completion_scripts import SCRIPTS
from cli.describe import containers, cri, images, kube, networks, others, pods
from cli.describe.kinds import (
    ALIASES,
    COMMA_LISTS,
    HIDDEN,
    OTHER_SPELLINGS,
    PODMAN_SHORTS,
    STOP_AT_FIRST_ARGUMENT,
)

ROOT = pathlib.Path(__file__).resolve().parent.parent

_CONTAINER_VERBS = (
    "run create start stop restart kill rm pause unpause wait rename init update ps exec attach logs top stats port cp diff"
    " export commit mount unmount"
).split()
_IMAGE_VERBS = "pull push rmi tag untag save load import history search".split()
_OTHER_SPELLINGS = {
    "container ls": "ps", "container list": "ps", "container remove": "rm", "remove": "rm", "umount": "unmount",
    "container umount": "unmount", "image ls": "images", "image list": "images", "image rm": "rmi",
    "image remove": "rmi", "image umount": "image unmount", "network list": "network ls", "network remove": "network rm", "volume list": "volume ls", "volume remove": "volume rm",
    "pod list": "pod ps", "play kube": "kube play", "generate kube": "kube generate", "pod ls": "pod ps", "secret list": "secret ls", "secret remove": "secret rm", "system info": "info", "system events": "events",
    "buildx version": "version",
}  # fmt: skip
_SUMMARY_WIDTH = 18
_GLOBAL_HELP = """
Global options:
      --root PATH              Directory of images, containers and volumes
      --runroot PATH           Directory of what does not outlive a boot
      --runtime NAME           OCI runtime (crun)
      --storage-driver NAME    overlay, fuse-overlayfs or copies
      --cgroup-manager NAME    cgroupfs or disabled
      --log-level LEVEL        debug, info, warn, error
      --help                   Show help
  -v, --version                Show the version
"""


def commands() -> dict[str, Any]:
    """Return every command by its full name."""
    found: dict[str, Any] = {}
    for prefix, app in (
        ("", containers.app), ("container ", containers.container), ("healthcheck ", containers.healthcheck),
        ("", images.app), ("image ", images.image), ("", others.app), ("network ", networks.network), ("pod ", pods.pod), ("kube ", kube.kube), ("cri ", cri.cri), ("volume ", others.volume),
        ("secret ", others.secret), ("system ", others.system),
    ):  # fmt: skip
        group: Any = typer.main.get_group(app)
        for name, command in group.commands.items():
            found[prefix + name] = command
    return found


def aliases() -> dict[str, str]:
    """Return other names of commands: "container run" is "run"."""
    found = {f"container {verb}": verb for verb in _CONTAINER_VERBS}
    found |= {f"image {verb}": verb for verb in _IMAGE_VERBS}
    return {**found, **_OTHER_SPELLINGS}


def _kind(parameter: Any) -> str:
    name = _long(parameter)
    if parameter.is_flag:
        return "b"
    if parameter.multiple:
        return "c" if name in COMMA_LISTS else "l"
    return "i" if isinstance(parameter.default, int) else "s"


def _long(parameter: Any) -> str:
    return str(next(opt for opt in parameter.opts if opt.startswith("--"))[2:])


def _short(parameter: Any) -> str:
    return str(next((opt[1:] for opt in parameter.opts if not opt.startswith("--")), ""))


def _options(command: Any) -> list[Any]:
    return [
        parameter
        for parameter in command.params
        if parameter.opts[0].startswith("-") and "--help" not in parameter.opts
    ]


def _arguments(command: Any) -> list[Any]:
    return [parameter for parameter in command.params if not parameter.opts[0].startswith("-")]


def _bounds(command: Any) -> tuple[int, int]:
    """Return the least and the most arguments (-1: any number), from their usage texts."""
    texts = [argument.metavar or "X" for argument in _arguments(command)]
    least = sum(not text.startswith("[") for text in texts)
    return least, -1 if any("…" in text for text in texts) else sum(len(text.split()) for text in texts)


def _flags(command: Any) -> str:
    """Return a command's flags as the table has them, with the other spellings of each."""
    kinds = {_long(option): _kind(option) for option in _options(command)}
    words = [
        f"{_long(option)}{',' + _short(option) if _short(option) else ''}:{_kind(option)}"
        + (f"={ALIASES[_long(option)]}" if ALIASES.get(_long(option)) in kinds else "")
        for option in _options(command)
    ]
    words += [
        f"{other}:{kinds[long]}={long}"
        for other, long in OTHER_SPELLINGS.items()
        if long in kinds and other not in kinds
    ]
    return " ".join(words)


def table_text() -> str:
    """Return cli/table.py."""
    rows = []
    for name, command in sorted(commands().items()):
        least, most = _bounds(command)
        rows.append(f"    {name!r}: ({least}, {most}, {name in STOP_AT_FIRST_ARGUMENT}, {_flags(command)!r}),")
    lines = [
        '"""Every command: least and most arguments (-1: any), whether options end at the first one, and its flags.',
        "",
        "A flag is NAME[,SHORT]:KIND[=OTHER]: b switch, s text, i number, l list, c list that splits at commas; OTHER is the",
        "name it is known by. Written by `python -m cli.generate` from cli/describe/; do not edit.",
        '"""',
        "",
        "from __future__ import annotations",
        "",
        "COMMANDS: dict[str, tuple[int, int, bool, str]] = {",
        *rows,
        "}",
        "",
        "ALIASES: dict[str, str] = {",
        *(f"    {name!r}: {target!r}," for name, target in sorted(aliases().items())),
        "}",
        "",
        f"HIDDEN = frozenset({sorted(HIDDEN)!r})",
        "",
        f"PODMAN_SHORTS: dict[str, str] = {PODMAN_SHORTS!r}",
        "",
    ]
    return "# ruff: noqa\n" + "\n".join(lines)


def _usage(name: str, command: Any) -> str:
    words = " ".join(argument.metavar or argument.name.upper() for argument in _arguments(command))
    return f"Usage:  pycman {name} [OPTIONS] {words}".rstrip()


def help_text(name: str, command: Any) -> str:
    """Return the help of one command."""
    rows = []
    for option in sorted(_options(command), key=_long):
        if option.hidden:
            continue
        short = f"-{_short(option)}, " if _short(option) else "    "
        value = f" {option.metavar}" if option.metavar else ""
        rows.append((f"  {short}--{_long(option)}{value}", option.help or ""))
    width = min(max((len(left) for left, _ in rows), default=0), 44) + 2
    also = sorted(alias for alias, target in aliases().items() if target == name)
    lines = [_usage(name, command), "", (command.help or "").strip()]
    if also:
        lines += ["", "Also:", *(f"  pycman {alias}" for alias in also)]
    if rows:
        lines += ["", "Options:"]
        for left, text in rows:
            lines.append(f"{left:<{width}}{text}" if len(left) < width else f"{left}\n{'':<{width}}{text}")
    return "\n".join(lines) + "\n"


_SECTIONS = (
    ("Common commands", "run exec ps images pull push login logs stop rm rmi".split()),
    ("Containers", "create start restart kill pause unpause wait attach cp inspect top stats port rename update diff commit export mount unmount init why".split()),
    ("Images", "tag untag history save load import search logout".split()),
    ("Engine", "info version events doctor unshare completion help".split()),
)  # fmt: skip


def top_help() -> str:
    """Return what `pycman --help` prints."""
    known = commands()
    lines = ["Usage:  pycman [OPTIONS] COMMAND", "", "Containers, images and volumes, without a daemon."]
    for title, names in _SECTIONS:
        lines += ["", f"{title}:"]
        lines += [f"  {name:<12}{_summary(known[name])}" for name in names]
    lines += ["", "Groups:"]
    lines += [f"  {name:<12}{text}" for name, text in _GROUPS.items()]
    return "\n".join(lines) + "\n" + _GLOBAL_HELP + "\nRun 'pycman COMMAND --help' for more on a command.\n"


_GROUPS = {
    "container": "Manage containers", "healthcheck": "Run health checks", "image": "Manage images",
    "secret": "Manage secrets", "system": "Look after the store", "volume": "Manage volumes", "network": "Manage networks", "pod": "Manage pods", "kube": "Play and write Kubernetes YAML", "cri": "Serve a kubelet",
}  # fmt: skip


def _summary(command: Any) -> str:
    return str((command.help or "").strip().splitlines()[0].rstrip("."))


def group_help(group: str) -> str:
    """Return what `pycman image --help` prints."""
    everything = {**{name: commands()[target] for name, target in aliases().items()}, **commands()}
    names = sorted(name for name in everything if name.startswith(group + " "))
    lines = [f"Usage:  pycman {group} COMMAND", "", _GROUPS[group], "", "Commands:"]
    lines += [f"  {name[len(group) + 1 :]:<12}{_summary(everything[name])}" for name in names]
    return "\n".join(lines) + "\n"


def help_module() -> str:
    """Return cli/help_texts.py."""
    texts = {"": top_help()}
    texts |= {group: group_help(group) for group in _GROUPS}
    texts |= {name: help_text(name, command) for name, command in sorted(commands().items()) if name not in HIDDEN}
    rows = [f"    {name!r}: {text!r}," for name, text in texts.items()]
    head = (
        '# ruff: noqa\n"""Help, as printed. Written by `python -m cli.generate` from cli/describe/; do not edit."""\n\n'
        "from __future__ import annotations\n\nTEXTS: dict[str, str] = {\n"
    )
    return head + "\n".join(rows) + "\n}\n"


def files() -> dict[pathlib.Path, str]:
    """Return every generated file and what is to be in it."""
    found = {ROOT / "cli/table.py": table_text(), ROOT / "cli/help_texts.py": help_module()}
    for shell, (name, make) in SCRIPTS.items():
        del shell
        found[ROOT / "completions" / name] = make()
    return found


def main(arguments: list[str]) -> int:
    """Write or check all files."""
    stale = [path for path, text in files().items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    if "--check" in arguments:
        for path in stale:
            print(f"{path.relative_to(ROOT)} is stale: run python -m cli.generate")
        return 1 if stale else 0
    for path in stale:
        path.parent.mkdir(exist_ok=True)
        path.write_text(files()[path], encoding="utf-8")
        print(f"wrote {path.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
