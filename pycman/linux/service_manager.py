"""Messages to the service manager that started a process (sd_notify(3))."""

from __future__ import annotations

import os
import socket


def notify(address: str, text: str) -> None:
    """Send one message, lines of NAME=VALUE, to a socket's path, or name that begins with "@". Raises OSError."""
    name = f"\0{address[1:]}" if address.startswith("@") else address
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
        sender.connect(name)
        sender.send(os.fsencode(text))
