"""A poll loop: descriptors and what to call when they are ready (epoll(7))."""

from __future__ import annotations

import select

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


class Loop:
    """Calls a handler for each descriptor that is ready: handler(events)."""

    def __init__(self) -> None:
        self._epoll = select.epoll()
        self._handlers: dict[int, Callable[[int], None]] = {}

    def watch(self, descriptor: int, events: int, handler: Callable[[int], None]) -> None:
        """Call the handler when one of the events happens; again to change the events."""
        if descriptor in self._handlers:
            self._epoll.modify(descriptor, events)
        else:
            self._epoll.register(descriptor, events)
        self._handlers[descriptor] = handler

    def forget(self, descriptor: int) -> None:
        """Stop watching a descriptor, before it is closed."""
        if self._handlers.pop(descriptor, None) is not None:
            self._epoll.unregister(descriptor)

    def turn(self, timeout_s: float) -> None:
        """Wait for events once and call their handlers."""
        for descriptor, events in self._epoll.poll(timeout_s):
            handler = self._handlers.get(descriptor)
            if handler is not None:  # an earlier handler of this turn may have closed it
                handler(events)
