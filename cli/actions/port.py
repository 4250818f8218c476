"""port: list published ports."""

from __future__ import annotations

from cli.targets import latest_container
from pycman.errors import InvalidInput, NotFound
from pycman.spec.port import format_host_port, without_twins

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Print the published ports of a container or of --all, or the host addresses of one port. Raises NotFound."""
    if call.flag("all"):
        for container in call.engine.containers.list():
            for line in _lines(call, container.id):
                call.print(f"{container.id[:12]}\t{line}")
        return 0
    arguments = [latest_container(call), *call.arguments] if call.flag("latest") else call.arguments
    if not arguments:
        raise InvalidInput("port needs a container", hint="name one, or use --all", code="nothing-named")
    name, *ports = arguments
    if not ports:
        for line in _lines(call, name):
            call.print(line)
        return 0
    port = ports[0] if "/" in ports[0] else f"{ports[0]}/tcp"
    published = without_twins(call.engine.containers.ports(name))
    addresses = [format_host_port(ip, host) for inside, ip, host in published if inside == port]
    if not addresses:
        raise NotFound(
            "the port is not published",
            subject=f"{name} {port}",
            hint=f"pycman port {name} lists them",
            code="port-not-published",
            facts={"port": port},
        )
    for address in addresses:
        call.print(address)
    return 0


def _lines(call: Call, name: str) -> list[str]:
    ports = without_twins(call.engine.containers.ports(name))
    return [f"{inside} -> {format_host_port(ip, host)}" for inside, ip, host in ports]
