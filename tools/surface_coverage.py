"""Compare the command line with docker's and podman's: `python -m tools.surface_coverage` prints coverage and what is missing.

The peers' commands and flags are names in tools/surface/: a line is `COMMAND: FLAG[,LETTER][=] …`, "=" says that a flag takes a value,
"-" before a command that it is out of scope. A name is covered if pycman takes it, or refuses it with a reason of its own.
"""

from __future__ import annotations

from pathlib import Path

from cli.parse import FlagTable
from cli.table import ALIASES, COMMANDS, GLOBAL_FLAGS, PODMAN_SHORTS
from cli.unsupported_commands import reason_for
from pycman.record import Record

FOLDER = Path(__file__).resolve().parent / "surface"
PROGRAMS = ("docker", "podman")


class PeerFlag(Record):
    """A flag of a peer: long name, letter or "", whether it takes a value."""

    name: str
    letter: str
    value: bool


class Coverage(Record):
    """What of one program's surface is covered: commands and flags together, and the sentences about what is not."""

    program: str
    total: int
    covered: int
    missing: tuple[str, ...]

    @property
    def percent(self) -> float:
        """Return the covered part in percent."""
        return 100 * self.covered / self.total


def peer_commands(program: str) -> dict[str, tuple[PeerFlag, ...]]:
    """Return the commands of a program that are in scope, with their flags."""
    found = {}
    for line in (FOLDER / f"{program}.txt").read_text(encoding="utf-8").splitlines():
        name, _, flags = line.partition(":")
        if not line.startswith(("#", "-")):
            found[name] = tuple(_flag(word) for word in flags.split())
    return found


def out_of_scope(program: str) -> list[str]:
    """Return the commands of a program that pycman leaves out by decision."""
    lines = (FOLDER / f"{program}.txt").read_text(encoding="utf-8").splitlines()
    return [line[1:].partition(":")[0] for line in lines if line.startswith("-")]


def _flag(word: str) -> PeerFlag:
    names = word.removesuffix("=")
    name, _, letter = names.partition(",")
    return PeerFlag(name=name, letter=letter, value=word.endswith("="))


def coverage(program: str) -> Coverage:
    """Return the coverage of "docker" or "podman"."""
    total, missing = 0, []
    for command, flags in peer_commands(program).items():
        total += 1 + len(flags)
        name = ALIASES.get(command, command)
        if name in COMMANDS:
            missing += [f"{command} {what}" for what in _flags_missing(program, name, flags)]
        elif not reason_for(command.split()):
            missing += [command, *(f"{command} --{flag.name}" for flag in flags)]
    return Coverage(program=program, total=total, covered=total - len(missing), missing=tuple(missing))


def _flags_missing(program: str, name: str, flags: tuple[PeerFlag, ...]) -> list[str]:
    """Return the flags that are unknown, or known with another letter, or with a value where the peer's has none or the contrary."""
    row = COMMANDS[name][3]
    if program == "podman":
        row = f"{GLOBAL_FLAGS} {row} {PODMAN_SHORTS.get(name, '')}"
    table = FlagTable(row)
    return [sentence for flag in flags if (sentence := _difference(table, flag))]


def _difference(table: FlagTable, flag: PeerFlag) -> str:
    kind = table.kinds.get(flag.name)
    if kind is None:
        return "" if flag.name == "help" else f"--{flag.name}"
    if flag.value != (kind not in "bo") and kind != "o":
        return f"--{flag.name}: {'takes a value' if flag.value else 'takes no value'}"
    letter = table.shorts.get(flag.letter, "")
    if flag.letter and table.stored_as.get(letter, letter) != table.stored_as.get(flag.name, flag.name):
        return f"--{flag.name}: has the letter -{flag.letter}"
    return ""


def main() -> None:
    """Print the coverage of both programs."""
    for program in PROGRAMS:
        found = coverage(program)
        print(f"{program}: {found.covered} of {found.total} names, {found.percent:.2f} %")
        for what in found.missing:
            print(f"  {what}")


if __name__ == "__main__":
    main()
