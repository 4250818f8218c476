"""system reset: remove all containers, images, volumes and secrets, and the cache of builds."""

from __future__ import annotations

from cli.main import fail_softly
from cli.output.prune import confirm
from pycman.errors import NotFound, PycmanError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from cli.call import Call


def run(call: Call) -> int:
    """Ask, then remove users before what they use: containers, images, volumes, secrets. Return the worst status."""
    if not confirm(call, "This will remove all containers, images, volumes and secrets, and the cache of builds."):
        return 0
    engine = call.engine
    status = max(
        _remove_each(call, [listed.id for listed in engine.containers.list(all=True)], _remove_container),
        _remove_each(call, [listed.id for listed in engine.images.list(all=True)], _remove_image),
        _remove_each(call, [listed.name for listed in engine.volumes.list()], _remove_volume),
        _remove_each(call, [listed.id for listed in engine.secrets.list()], _remove_secret),
    )
    engine.images.prune_builds(all=True)
    return status


def _remove_container(call: Call, name: str) -> None:
    call.engine.containers.remove(name, force=True, volumes=True, timeout_s=0)


def _remove_image(call: Call, name: str) -> None:
    call.engine.images.remove(name, force=True)


def _remove_volume(call: Call, name: str) -> None:
    call.engine.volumes.remove(name, force=True)


def _remove_secret(call: Call, name: str) -> None:
    call.engine.secrets.remove(name)


def _remove_each(call: Call, names: list[str], remove: Callable[[Call, str], None]) -> int:
    status = 0
    for name in names:
        try:
            remove(call, name)
        except NotFound:
            continue  # removed together with one before it
        except PycmanError as error:
            status = max(status, fail_softly(error, "system reset"))
    return status
