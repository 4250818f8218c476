"""The steps by which the port relay gets its ports: open sockets on the host, then hand them over (pycman/network/relay)."""

from __future__ import annotations

import os

from pycman.network.ports import open_port, unopened
from pycman.network.reconcile.step import NetworkStep
from pycman.network.relay.control import PortRelay
from pycman.network.relay.ports import port_line, relayed_forwards
from pycman.spec.port import listen_addresses

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pycman.network.reconcile.desired import Forward


class RelaySteps:
    """What the relay has to serve: `lines` by "PROTOCOL IP PORT", without the ports that turn out to be taken."""

    def __init__(self, folder: str, forwards: Iterable[Forward], *, rootless: bool, starting: frozenset[str]) -> None:
        """`starting` are ids of containers whose ports must be opened; those of others are tried, as they may be taken."""
        self._relay = PortRelay(folder, as_nobody=not rootless, shows_callers=rootless)
        self._forwards = relayed_forwards(forwards, rootless=rootless)
        self._starting = starting
        self._opened: dict[str, int] = {}
        self.lines = {key: port_line(key, forward) for key, forward in self._forwards.items()}

    def steps(
        self, told: Mapping[str, str], *, in_doubt: bool, force: bool
    ) -> tuple[list[NetworkStep], list[NetworkStep]]:
        """Return the steps to do on the host, and those in the namespace of the bridges; none if nothing differs.

        `told` is what the relay was told last. `in_doubt`: a killed command may have told it more, or its namespace is gone.
        """
        running = self._relay.is_running()
        stop = [NetworkStep("stop the port relay", self._relay.stop)] if told or self._relay.is_recorded() else []
        if not self.lines:
            return stop, []
        anew = in_doubt or not running
        known: Mapping[str, str] = {} if anew else told
        if known == self.lines and not force:
            return [], []
        listen = [
            NetworkStep(f"listen on port {key}", self._listen, key, forward)
            for key, forward in self._forwards.items()
            if key not in known
        ]
        tell = NetworkStep(f"have the port relay serve {len(self.lines)} ports", self._tell, late=True)
        return [*(stop if anew else []), *listen], [tell]

    def _listen(self, key: str, forward: Forward) -> None:
        address = listen_addresses(forward.host_ip)[0]
        error = None
        try:
            bound = open_port(address, forward.host_port, forward.protocol, listens=True)
        except OSError as failure:
            bound, error = None, failure
        if bound is not None:
            self._opened[key] = bound[0]
        elif error is not None and forward.container_id in self._starting:
            raise unopened(forward.protocol, forward.host_ip, forward.host_port, error) from error
        else:
            del self.lines[key]  # another program has it meanwhile, or IPv6 is off: tried again at the next change

    def close(self) -> None:
        """Close the sockets that were opened and are not handed over."""
        for descriptor in self._opened.values():
            os.close(descriptor)
        self._opened = {}

    def _tell(self) -> None:
        try:
            if self.lines:
                self._relay.serve(self.lines, self._opened)
            else:
                self._relay.stop()
        finally:
            self.close()
