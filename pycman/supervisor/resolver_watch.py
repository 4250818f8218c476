"""Watch the host's resolv.conf: what it says now is compared with what it said in the last round."""

from __future__ import annotations

from pycman.containers.bundle.etc_files import host_resolv


class ResolverWatch:
    """Knows the text of the last round."""

    def __init__(self) -> None:
        self._text = host_resolv()

    def former_text(self) -> str | None:
        """Return what the file said before it changed; None if it did not change. An empty one is being written."""
        text = host_resolv()
        if text == self._text or "nameserver" not in text:
            return None
        former, self._text = self._text, text
        return former
