"""Instructions as values: what was written, with quotes and variables still in it. `pycman.build.plan` expands them.

Names of fields are those of the Dockerfile reference. A flag that was not given is "" or (); one that has three states
(given as true, given as false, not given) is None when it was not given.
"""

from __future__ import annotations

from pycman.build.language.position import Location
from pycman.record import Record


class Heredoc(Record):
    """A here-document: `content` as it stands in the file, with its line ends, without the line that ends it.

    `expand` is False if a part of its name was quoted; `strip_tabs` is True for <<-.
    """

    name: str
    content: str = ""
    expand: bool = True
    strip_tabs: bool = False
    descriptor: int = 0


class CommandLine(Record):
    """The command of RUN, CMD, ENTRYPOINT and HEALTHCHECK.

    Shell form: `words` is one text, to be given to the stage's shell. Exec form: `words` are argv, maybe none.
    """

    words: tuple[str, ...]
    is_shell: bool
    heredocs: tuple[Heredoc, ...] = ()


class Pair(Record):
    """NAME=VALUE of ENV or LABEL, quotes kept; `spaced` if it was the old form "NAME VALUE"."""

    name: str
    value: str
    spaced: bool = False


class ArgEntry(Record):
    """One name of ARG, with its default (quotes kept) if it has one."""

    name: str
    default: str | None = None


class Instruction(Record):
    """What all have: the name in capitals, where it stands, and its text with continued lines joined."""

    name: str
    location: Location
    text: str


class FromInstruction(Instruction):
    """FROM [--platform=P] IMAGE [AS STAGE]; `stage` is in lower case."""

    image: str
    stage: str = ""
    platform: str = ""


class ArgInstruction(Instruction):
    """ARG NAME[=DEFAULT] …"""

    entries: tuple[ArgEntry, ...]


class EnvInstruction(Instruction):
    """ENV NAME=VALUE …, or the old form of one pair."""

    pairs: tuple[Pair, ...]


class LabelInstruction(Instruction):
    """LABEL NAME=VALUE …"""

    pairs: tuple[Pair, ...]


class RunInstruction(Instruction):
    """RUN; `mounts` are the texts of --mount, which are parsed after expansion (`mounts.parse_mount`)."""

    command: CommandLine
    mounts: tuple[str, ...] = ()
    network: str = ""
    security: str = ""
    devices: tuple[str, ...] = ()


class CopyInstruction(Instruction):
    """COPY or ADD (`name` says which); `sources` are paths, URLs and git references, `heredocs` files written here."""

    sources: tuple[str, ...]
    target: str
    heredocs: tuple[Heredoc, ...] = ()
    origin: str = ""
    """--from: a stage's name or number, an image or a named context."""
    chown: str = ""
    chmod: str = ""
    link: bool = False
    parents: bool = False
    exclude: tuple[str, ...] = ()
    keep_git_dir: bool | None = None
    checksum: str = ""
    unpack: bool | None = None


class WorkdirInstruction(Instruction):
    """WORKDIR PATH."""

    path: str


class UserInstruction(Instruction):
    """USER USER[:GROUP]."""

    user: str


class ExposeInstruction(Instruction):
    """EXPOSE PORT[-PORT][/PROTOCOL] …"""

    ports: tuple[str, ...]


class VolumeInstruction(Instruction):
    """VOLUME PATH …"""

    paths: tuple[str, ...]


class CmdInstruction(Instruction):
    """CMD."""

    command: CommandLine


class EntrypointInstruction(Instruction):
    """ENTRYPOINT."""

    command: CommandLine


class ShellInstruction(Instruction):
    """SHELL ["…"]."""

    words: tuple[str, ...]


class StopsignalInstruction(Instruction):
    """STOPSIGNAL SIGNAL."""

    signal: str


class HealthcheckInstruction(Instruction):
    """HEALTHCHECK; `command` is None for NONE. Times in nanoseconds, 0 where not given."""

    command: CommandLine | None
    interval_ns: int = 0
    timeout_ns: int = 0
    start_period_ns: int = 0
    start_interval_ns: int = 0
    retries: int = 0


class MaintainerInstruction(Instruction):
    """MAINTAINER, deprecated."""

    author: str


class OnbuildInstruction(Instruction):
    """ONBUILD; `trigger` is the text that the image's config keeps, `inner` the instruction that it is."""

    trigger: str
    inner: Instruction


class StageText(Record):
    """A stage as it is written: FROM and what follows it up to the next."""

    start: FromInstruction
    instructions: tuple[Instruction, ...] = ()
