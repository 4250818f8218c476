"""quadlet rm: remove Quadlet files; their services are stopped first with --force."""

from __future__ import annotations

import os

from cli.actions.quadlet.install import reload_systemd
from cli.main import fail_softly
from cli.quadlet.installed import Library, remove_file
from cli.quadlet.names import service_name
from cli.quadlet.unit_file import UnitFile, UnitFileError
from cli.systemd import Systemd
from pycman.errors import InUse, InvalidInput, NotFound, PycmanError
from pycman.linux.files import read_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Remove the files and what came with them, print their names; return the worst status."""
    if not call.arguments and not call.flag("all"):
        raise InvalidInput("quadlet rm needs a file", hint="name one, or use --all")
    library, systemd = Library.of_caller(), Systemd()
    names = [os.path.basename(path) for path in library.paths()] if call.flag("all") else call.arguments
    meant, others = library.together(names)
    status, all_gone = 0, True
    for name in meant:
        try:
            path = library.find(name)
            _stop(systemd, path, force=call.flag("force"))
            remove_file(path)
        except NotFound as error:
            if not call.flag("ignore"):
                status, all_gone = max(status, fail_softly(error, call.command)), False
                continue
        except PycmanError as error:
            status, all_gone = max(status, fail_softly(error, call.command)), False
            continue
        call.print(name)
    if all_gone:
        library.discard(others)
    reload_systemd(call)
    return status


def _stop(systemd: Systemd, path: str, *, force: bool) -> None:
    """Stop the service of a file. Raises InUse if it runs, without `force`, and Unavailable if it cannot be stopped."""
    name = os.path.basename(path)
    try:
        service = f"{service_name(UnitFile.parse(read_text(path), name, path))}.service"
    except UnitFileError:
        return  # no service came of it
    if systemd.runs and systemd.states([service])[service][:2] == ("loaded", "active"):
        if not force:
            raise InUse(
                f"quadlet {name} is running and force is not set, refusing to remove",
                subject=service,
                hint="use --force",
            )
        systemd.call("stop", "--", service)
