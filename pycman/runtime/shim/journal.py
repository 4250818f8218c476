"""Records for systemd's journal, with the fields that conmon gives them (systemd, "Native Journal Protocol")."""

from __future__ import annotations

import _socket

from pycman.contexts import suppress

_SOCKET = "/run/systemd/journal/socket"
_INFORMATION, _ERROR = b"6", b"3"


class Journal:
    """Sends lines of one container; `tag` names them (CONTAINER_TAG, SYSLOG_IDENTIFIER). Where no journal listens, nothing is sent."""

    def __init__(self, container_id: str, name: str, tag: str) -> None:
        self._fields = {
            "CONTAINER_ID": container_id[:12],
            "CONTAINER_ID_FULL": container_id,
            "CONTAINER_NAME": name,
            "CONTAINER_TAG": tag or container_id[:12],
            "SYSLOG_IDENTIFIER": tag or container_id[:12],
        }
        self._socket = _socket.socket(_socket.AF_UNIX, _socket.SOCK_DGRAM | _socket.SOCK_CLOEXEC)

    def write(self, stream: str, data: bytes) -> None:
        """Send each line of what was read from "stdout" or "stderr" at once."""
        lines = data.split(b"\n")
        for number, line in enumerate(lines):
            partial = number == len(lines) - 1
            if line or not partial:
                with suppress(OSError):
                    self._socket.sendto(entry(self._fields, stream, line, partial=partial), _SOCKET)


def entry(fields: dict[str, str], stream: str, line: bytes, *, partial: bool) -> bytes:
    """Return one entry; `partial` says that the line goes on in the next one. Pure."""
    out = [
        f"{name}={value}\n".encode("utf-8", "surrogateescape") for name, value in fields.items() if "\n" not in value
    ]
    out.append(b"PRIORITY=" + (_ERROR if stream == "stderr" else _INFORMATION) + b"\n")
    if partial:
        out.append(b"CONTAINER_PARTIAL_MESSAGE=true\n")
    out.append(b"MESSAGE\n" + len(line).to_bytes(8, "little") + line + b"\n")
    return b"".join(out)
