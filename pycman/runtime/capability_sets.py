"""The capabilities that this host and containers.conf give a container, before it adds or drops some."""

from __future__ import annotations

from pycman.errors import InvalidInput
from pycman.linux.host_limits import bounding_mask
from pycman.runtime.defaults import DEFAULT_CAPABILITIES, capability_names, full_name
from pycman.state.settings import containers_conf

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.config.containers_conf import ContainersConf
    from pycman.state.session import Session


def capability_sets(session: Session) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the capability bounding set, and what a container has unless it adds or drops some.

    Raises InvalidInput for a default_capabilities of containers.conf that is none.
    """
    chosen = configured_capabilities(containers_conf(session))
    return capability_names(bounding_mask()), DEFAULT_CAPABILITIES if chosen is None else chosen


def configured_capabilities(conf: ContainersConf) -> tuple[str, ...] | None:
    """Return the default_capabilities of containers.conf by their full names, None if it has none. Raises InvalidInput."""
    if "default_capabilities" not in conf.given:
        return None
    try:
        return tuple(full_name(name) for name in conf.default_capabilities)
    except InvalidInput as error:
        raise InvalidInput(
            f"{error.subject} is no capability", subject="containers.conf: default_capabilities", hint=error.hint
        ) from None
