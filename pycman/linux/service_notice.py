"""Tell a service manager that a service runs, by the datagram socket that it named in NOTIFY_SOCKET (sd_notify(3))."""

from __future__ import annotations

import os

from pycman.errors import from_os_error


def notify_service_manager(text: str) -> bool:
    """Send lines of VARIABLE=VALUE and return True; return False if nobody waits for them. Raises the OSError's own kind of PycmanError."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return False
    import socket  # 2 ms, only imported where a service manager waits

    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as notifier:
        try:
            notifier.sendto(text.encode(), f"\0{address[1:]}" if address.startswith("@") else address)
        except OSError as error:
            raise from_os_error(error, subject=f"NOTIFY_SOCKET={address}") from error
    return True
