"""port: published ports."""

from __future__ import annotations

from cli.targets import latest
from pycman.errors import InvalidInput, NotFound

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Print them: all, or where one port leads."""
    if call.flag("all"):
        for container in call.engine.containers.list():
            for line in _lines(call, container.id):
                call.print(f"{container.id[:12]}\t{line}")
        return 0
    words = [latest(call), *call.arguments] if call.flag("latest") else call.arguments
    if not words:
        raise InvalidInput("port needs a container", hint="name one, or use --all")
    if len(words) == 1:
        for line in _lines(call, words[0]):
            call.print(line)
        return 0
    port = words[1] if "/" in words[1] else f"{words[1]}/tcp"
    found = [f"{ip}:{host}" for inside, ip, host in call.engine.containers.ports(words[0]) if inside == port]
    if not found:
        raise NotFound("no public port for it", subject=f"{words[0]} {port}")
    for each in found:
        call.print(each)
    return 0


def _lines(call: Call, name: str) -> list[str]:
    return [f"{inside} -> {ip}:{host}" for inside, ip, host in call.engine.containers.ports(name)]
