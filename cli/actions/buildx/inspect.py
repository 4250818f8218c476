"""buildx inspect: the engine as a builder."""

from __future__ import annotations

import os

from pycman.errors import NotFound
from pycman.images.platform import host_platform
from pycman.version import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Print name, driver and platforms. Raises NotFound for another name than default."""
    name = call.arguments[0] if call.arguments else "default"
    if name != "default":
        raise NotFound("no such builder", subject=name, hint="the only one is called default")
    rows = (
        ("Name:", "default"),
        ("Driver:", "pycman"),
        ("Status:", "running"),
        ("Version:", __version__),
        ("Platforms:", str(host_platform(os.uname().machine))),
    )
    for heading, value in rows:
        call.print(f"{heading:<12}{value}")
    return 0
