"""Records of a container's log, and what `logs` can ask for."""

from __future__ import annotations

from pycman.containers import states
from pycman.containers.catalogue import row_of
from pycman.errors import NotFound
from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.state.session import Session


class LogOptions(Record):
    """`tail` is the number of last lines (-1: all); `since` and `until` are times as `state.times` parses them."""

    follow: bool = False
    since: str = ""
    until: str = ""
    tail: int = -1


class LogLine(Record):
    """One record of the log: `text` ends in a newline unless the next record continues the line."""

    time: str
    stream: str
    text: bytes

    @property
    def ends(self) -> bool:
        """Say whether the line ends with this record."""
        return self.text.endswith(b"\n")


def parse_line(raw: bytes) -> LogLine | None:
    """Return one record of the file, None if it is malformed."""
    parts = raw.removesuffix(b"\n").split(b" ", 3)
    if len(parts) < 4:
        return None
    end = b"\n" if parts[2] == b"F" else b""
    return LogLine(
        time=parts[0].decode("ascii", "replace"), stream=parts[1].decode("ascii", "replace"), text=parts[3] + end
    )


def may_write_more(session: Session, container_id: str) -> bool:
    """Say whether a container runs or waits for a restart."""
    try:
        row = row_of(session, container_id)
    except NotFound:
        return False
    return states.state_of(session, row) in (*states.ALIVE, states.RESTARTING)
