"""buildx ls: the engine is the only builder."""

from __future__ import annotations

import os

from cli.output.listing import Columns, print_listing
from pycman.images.platform import host_platform

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call

_COLUMNS = (
    ("NAME/NODE", "Name"),
    ("DRIVER/ENDPOINT", "DriverEndpoint"),
    ("STATUS", "Status"),
    ("PLATFORMS", "Platforms"),
)


def run(call: Call) -> int:
    """Print the listing."""
    platform = str(host_platform(os.uname().machine))
    row = {
        "Name": "default",
        "DriverEndpoint": "pycman",
        "Status": "running",
        "Platforms": platform,
        "Current": True,
        "Driver": "pycman",
    }
    print_listing(call, [row], Columns(_COLUMNS, {}, ("Current", "Driver", "Name", "Platforms", "Status")))
    return 0
