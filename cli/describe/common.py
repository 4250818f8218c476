"""Flags and arguments that many commands share."""

from __future__ import annotations

from typing import Annotated

from cli.describe.kinds import CONTAINER, RUNNING, argument, filters, flag

Names = Annotated[list[str], argument("Names or IDs of containers", "CONTAINER…", CONTAINER)]
SomeNames = Annotated[list[str], argument("Names or IDs of containers", "[CONTAINER…]", CONTAINER)]
SomeRunning = Annotated[list[str], argument("Names or IDs of containers", "[CONTAINER…]", RUNNING)]
OneRunning = Annotated[str, argument("Name or ID of the container", "CONTAINER", RUNNING)]
OneName = Annotated[str, argument("Name or ID of the container", "CONTAINER", CONTAINER)]
Latest = Annotated[bool, flag("--latest", "-l", help="Use the most recently created container")]
All = Annotated[bool, flag("--all", "-a", help="Use all containers")]
_KEYS = "ancestor before command expose exited health id label label! name network pod publish restart-policy since status until volume"
_STATES = "status=created|status=running|status=paused|status=exited|health=healthy|health=unhealthy|health=starting"
Filters = Annotated[list[str], filters("--filter", "-f", keys=_KEYS, values=_STATES)]
LongFilters = Annotated[list[str], filters("--filter", keys=_KEYS, values=_STATES)]
PruneFilters = Annotated[list[str], filters("--filter", keys="label label! until")]
Format = Annotated[
    str, flag("--format", help="Format the output with a Go template, or as json", metavar="FORMAT", of="json|table")
]
ShortFormat = Annotated[
    str, flag("--format", "-f", help="Format the output with a Go template, or as json", metavar="FORMAT", of="json")
]
Seconds = Annotated[
    int, flag("--time", "--timeout", "-t", help="Seconds to wait before killing the container", metavar="SECONDS")
]
Signal = Annotated[
    str,
    flag(
        "--signal",
        "-s",
        help="Signal to send to the container",
        metavar="SIGNAL",
        of="TERM|KILL|HUP|INT|QUIT|USR1|USR2",
    ),
]
CidFiles = Annotated[list[str], flag("--cidfile", help="Read the ID from a file", metavar="FILE")]
Ignore = Annotated[bool, flag("--ignore", "-i", help="Ignore missing containers")]
Keys = Annotated[str, flag("--detach-keys", help="Key sequence for detaching (ctrl-p,ctrl-q)", metavar="KEYS")]
Proxy = Annotated[bool, flag("--sig-proxy", help="Proxy received signals to the process")]
NoTrunc = Annotated[bool, flag("--no-trunc", "--notruncate", help="Do not truncate output")]
PreserveFds = Annotated[
    int, flag("--preserve-fds", help="Pass N more file descriptors, from 3 on, to the process", metavar="N")
]
PreserveFd = Annotated[
    list[str], flag("--preserve-fd", help="Pass these file descriptors to the process", metavar="FD,…", splits=True)
]
