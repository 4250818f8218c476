"""system install-units: have systemd know a pycman that no package brought."""

from __future__ import annotations

import os
import sys

from cli.own_command import own_command
from cli.quadlet.generator import missing_generator
from cli.service_units import ServiceUnits
from cli.systemd import Systemd

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Install the units and generators, or remove them; print the paths, and have systemd read them."""
    user = os.geteuid() != 0
    units = ServiceUnits(os.environ, os.path.dirname(sys.executable), user=user)
    remove = call.flag("remove")
    for path in units.remove() if remove else units.install(own_command(call)):
        call.print(path)
    systemd = Systemd()
    if systemd.runs:
        systemd.call("daemon-reload")
    if user and not remove and (advice := missing_generator(user=True)):
        call.warn(advice)
    return 0
