"""The relay as its starter sees it: the process, its pid file and its socket below the folder of a store's network."""

from __future__ import annotations

import _socket
import os
import struct
import sys

from pycman.contexts import suppress
from pycman.errors import Unavailable
from pycman.linux.files import read_text, remove_tree, socket_path, write_atomic
from pycman.linux.processes import is_alive, is_ending, send_signal, spawn, start_time, wait_gone
from pycman.network.helper_gone import HelperGone, broke_off
from pycman.network.relay.lines import DONE, END, LINES_A_PACKET, PACKET_BYTES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

_MAIN = os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))), "__main__.py")
_ANSWER_S = 10.0
_SOCKET = "relay-2.sock"
"""2 as what is expected of the process has changed: a relay.sock is of one that shows no callers, and is replaced."""
_SIGKILL = 9
_SCM_RIGHTS = 1


class PortRelay:
    """The relay of the store whose network is at `folder`. It runs in the network namespace of who starts it."""

    def __init__(self, folder: str, *, as_nobody: bool, shows_callers: bool) -> None:
        """With `as_nobody` it gives up the ids of its starter, the host's root; `shows_callers` is for the shared namespace of a
        rootless store (callers.py).
        """
        self._flags = [*(["as-nobody"] if as_nobody else []), *(["shows-callers"] if shows_callers else [])]
        self._pid_file = f"{folder}/relay.pid"
        self._path = f"{folder}/{_SOCKET}"

    def is_running(self) -> bool:
        """Say whether the process runs, was not killed just now, and is one of this version."""
        pid, started = self._process()
        return os.path.exists(self._path) and is_alive(pid, started) and not is_ending(pid)

    def is_recorded(self) -> bool:
        """Say whether its pid file is there, though the process may have been killed."""
        return os.path.exists(self._pid_file)

    def serve(self, lines: Mapping[str, str], opened: Mapping[str, int]) -> None:
        """Have it serve the ports of `lines` and no others; the sockets of new ones are in `opened`, by the same keys.

        It is started if it does not run. Raises HelperGone if one that ran has ended, Unavailable.
        """
        running = self.is_running()
        socket = _socket.socket(_socket.AF_UNIX, _socket.SOCK_SEQPACKET | _socket.SOCK_CLOEXEC)
        try:
            if not running:
                self._start()
            socket.settimeout(_ANSWER_S)
            with socket_path(self._path) as path:
                socket.connect(path)
            for packet, descriptors in _packets(lines, opened):
                rights = struct.pack(f"={len(descriptors)}i", *descriptors)
                extra = [(_socket.SOL_SOCKET, _SCM_RIGHTS, rights)] if descriptors else []
                socket.sendmsg([packet.encode()], extra)
            if running and socket.recv(PACKET_BYTES) != DONE:  # a new one reads it all when it has started
                raise ConnectionResetError(0, "it has ended")
        except OSError as error:
            self.stop()
            reason = (error.strerror or str(error)).lower()
            kind = HelperGone if running and broke_off(error) else Unavailable
            raise kind(
                f"it does not answer: {reason}", subject="port relay", hint="run pycman network reload -a"
            ) from error
        finally:
            socket.close()

    def stop(self) -> None:
        """End the process, and with it all connections it relays."""
        pid, started = self._process()
        if pid and send_signal(pid, started, _SIGKILL):
            wait_gone(pid, started, 2)
        for path in (self._pid_file, self._path, os.path.join(os.path.dirname(self._path), "relay.sock")):
            remove_tree(path)

    def _start(self) -> None:
        with suppress(FileNotFoundError):
            os.unlink(self._path)
        listener = _socket.socket(_socket.AF_UNIX, _socket.SOCK_SEQPACKET | _socket.SOCK_CLOEXEC)
        null = os.open("/dev/null", os.O_RDWR | os.O_CLOEXEC)
        try:
            with socket_path(self._path) as path:
                listener.bind(path)
            listener.listen(4)
            argv = [sys.executable, "-I", "-S", _MAIN, "__relay", os.path.dirname(self._path), *self._flags]
            streams = {0: null, 1: null, 2: null, 3: listener.fileno()}
            pid = spawn(argv, env={}, descriptors=streams, new_session=True)
            write_atomic(self._pid_file, f"{pid} {start_time(pid)}\n", mode=0o600, sync=False)
        finally:
            listener.close()
            os.close(null)

    def _process(self) -> tuple[int, int]:
        fields = read_text(self._pid_file).split()
        return (int(fields[0]), int(fields[1])) if len(fields) == 2 else (0, 0)


def _packets(lines: Mapping[str, str], opened: Mapping[str, int]) -> list[tuple[str, list[int]]]:
    """Return packets of lines, each with the descriptors of its new ports in order."""
    packets = []
    keys = list(lines)
    for at in range(0, len(keys), LINES_A_PACKET):
        part = keys[at : at + LINES_A_PACKET]
        text = "\n".join(f"{'+' if key in opened else '='} {lines[key]}" for key in part)
        packets.append((text, [opened[key] for key in part if key in opened]))
    return [*packets, (END, [])]
