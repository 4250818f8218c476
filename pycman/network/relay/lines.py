"""What the relay and its starter say to each other: packets of lines over a socket, with descriptors of listening sockets.

    + tcp :: 8080 first 10.79.0.2 80      a new port, whose socket comes with the packet
    = udp ::1 53 first fd00::2 53         a port it has already
    end                                   every other port is to be closed: the answer is "ok"

No JSON and no Record: they would double the time that the process takes to start.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

LINES_A_PACKET = 100
END = "end"
DONE = b"ok"
PACKET_BYTES = 1 << 16

FIRST, IN_TURN, BY_CLIENT = "first", "turn", "client"
"""How a target is chosen: the first one that answers, each in turn, or one by the client's address."""


def format_port(key: str, choice: str, targets: Sequence[tuple[str, int]]) -> str:
    """Return a port's line without its mark; `key` is "PROTOCOL ADDRESS PORT"."""
    return " ".join((key, choice, *(f"{address} {port}" for address, port in targets)))


def parse_port(line: str) -> tuple[str, str, list[tuple[str, int]]]:
    """Return (key, choice, targets) of a line without its mark."""
    words = line.split(" ")
    targets = [(words[at], int(words[at + 1])) for at in range(4, len(words), 2)]
    return " ".join(words[:3]), words[3], targets
