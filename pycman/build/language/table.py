"""What each instruction takes: the language as a table (Dockerfile reference).

Form of the arguments:

    command   JSON array (exec form) or text for a shell
    list      JSON array or words
    words     words, divided by blanks; quotes have no meaning
    names     words, divided by blanks that are not quoted
    pairs     NAME=VALUE …, or NAME VALUE
    text      the rest of the line, one argument
    health    NONE, or CMD and a command
    trigger   another instruction

Flags are texts ("text"), true or false ("bool"), or texts that may be given several times ("many").
"""

from __future__ import annotations

from pycman.record import Record


class Entry(Record):
    """One instruction: form of its arguments, flags, least and most of them (0: any number), an example for errors."""

    form: str
    example: str
    flags: dict[str, str] = {}
    least: int = 1
    most: int = 0


_COPY_FLAGS = {"chown": "text", "chmod": "text", "link": "bool", "exclude": "many"}
_HEALTH_FLAGS = dict.fromkeys(("interval", "timeout", "start-period", "start-interval", "retries"), "text")

TABLE = {
    "ADD": Entry(form="list", least=2, example="ADD SOURCE… TARGET",
                 flags={**_COPY_FLAGS, "keep-git-dir": "bool", "checksum": "text", "unpack": "bool"}),
    "ARG": Entry(form="names", example="ARG NAME[=DEFAULT]"),
    "CMD": Entry(form="command", least=0, example='CMD ["COMMAND", "ARGUMENT"]'),
    "COPY": Entry(form="list", least=2, example="COPY SOURCE… TARGET",
                  flags={**_COPY_FLAGS, "from": "text", "parents": "bool"}),
    "ENTRYPOINT": Entry(form="command", least=0, example='ENTRYPOINT ["COMMAND", "ARGUMENT"]'),
    "ENV": Entry(form="pairs", example="ENV NAME=VALUE"),
    "EXPOSE": Entry(form="words", example="EXPOSE 80 53/udp"),
    "FROM": Entry(form="words", most=3, example="FROM IMAGE [AS STAGE]", flags={"platform": "text"}),
    "HEALTHCHECK": Entry(form="health", example="HEALTHCHECK CMD COMMAND", flags=_HEALTH_FLAGS),
    "LABEL": Entry(form="pairs", example="LABEL NAME=VALUE"),
    "MAINTAINER": Entry(form="text", example="MAINTAINER NAME"),
    "ONBUILD": Entry(form="trigger", example="ONBUILD RUN COMMAND"),
    "RUN": Entry(form="command", example="RUN COMMAND",
                 flags={"mount": "many", "network": "text", "security": "text", "device": "many"}),
    "SHELL": Entry(form="list", example='SHELL ["/bin/bash", "-c"]'),
    "STOPSIGNAL": Entry(form="text", example="STOPSIGNAL SIGTERM"),
    "USER": Entry(form="text", example="USER NAME[:GROUP]"),
    "VOLUME": Entry(form="list", example="VOLUME /DIRECTORY"),
    "WORKDIR": Entry(form="text", example="WORKDIR /DIRECTORY"),
}  # fmt: skip
NOT_AS_TRIGGER = ("FROM", "MAINTAINER", "ONBUILD")
EXPANDED_BY_PLAN = frozenset(
    ("ADD", "ARG", "COPY", "ENV", "EXPOSE", "FROM", "LABEL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR")
)
"""Instructions whose arguments have $NAME replaced in a build; in RUN only the options of its mounts are."""
