"""quadlet install: put Quadlet files where systemd's generator finds them."""

from __future__ import annotations

from cli.main import fail_softly
from cli.quadlet.generator import missing_generator
from cli.quadlet.installed import Library
from cli.systemd import Systemd

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Install the files, print their paths, and have systemd read its units again; return the worst status."""
    report = Library.of_caller().install(call.arguments, replace=call.flag("replace"))
    for path in report.paths.values():
        call.print(path)
    status = max((fail_softly(error, call.command) for error in report.errors.values()), default=0)
    reload_systemd(call)
    return status


def reload_systemd(call: Call) -> None:
    """Have systemd read its units again, unless --reload-systemd=false. Raises Unavailable."""
    if not call.flag("reload-systemd", True):
        return
    systemd = Systemd()
    if systemd.runs:
        missing = missing_generator(user=systemd.user)
        if missing:
            call.warn(missing)
        systemd.call("daemon-reload")
    else:
        call.warn("systemd does not run here: the files have an effect where it does")
