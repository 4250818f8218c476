"""system reset: remove all there is."""

from __future__ import annotations

from cli.main import fail_softly
from cli.output.prune import confirm
from pycman.errors import NotFound, PycmanError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from cli.call import Call


def run(call: Call) -> int:
    """Remove it, kind by kind in the order of their needs."""
    if not confirm(call, "This will remove all containers, images, volumes and secrets."):
        return 0
    engine = call.engine
    return max(
        _each(call, [one.id for one in engine.containers.list(all=True)], _remove_container),
        _each(call, [one.id for one in engine.images.list(all=True)], _remove_image),
        _each(call, [one.name for one in engine.volumes.list()], _remove_volume),
        _each(call, [one.id for one in engine.secrets.list()], _remove_secret),
    )


def _remove_container(call: Call, name: str) -> None:
    call.engine.containers.remove(name, force=True, volumes=True, timeout_s=0)


def _remove_image(call: Call, name: str) -> None:
    call.engine.images.remove(name, force=True)


def _remove_volume(call: Call, name: str) -> None:
    call.engine.volumes.remove(name, force=True)


def _remove_secret(call: Call, name: str) -> None:
    call.engine.secrets.remove(name)


def _each(call: Call, names: list[str], remove: Callable[[Call, str], None]) -> int:
    status = 0
    for name in names:
        try:
            remove(call, name)
        except NotFound:
            continue  # it went with another one
        except PycmanError as error:
            status = max(status, fail_softly(error, "system reset"))
    return status
