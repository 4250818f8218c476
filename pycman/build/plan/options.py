"""What the caller of a plan decides, and what it knows of the world."""

from __future__ import annotations

from pycman.errors import InvalidInput
from pycman.record import Record
from pycman.spec.image_reference import normalize_reference

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, Protocol

    from pycman.build.plan.values import Origin

    class World(Protocol):
        """What a plan asks its caller."""

        def base_config(self, origin: Origin) -> Mapping[str, Any]:
            """Return the config document of an image or a named context (kind "image" or "context"). May fetch it."""
            ...

        def parse_platform(self, text: str) -> str:
            """Return a platform in its normal form ("linux/arm64"). Raises InvalidInput."""
            ...


class PlanOptions(Record):
    """What was asked for.

    `target` is a stage's name or number, "" is the last one. `platform` is that of the image, `build_platform` that of
    the host, both as in "linux/arm64/v8". `contexts` are names of --build-context. `base_image` takes the place of the
    first FROM's image (--from of podman build). `labels` are put on the target.
    """

    platform: str
    build_platform: str
    build_args: Mapping[str, str] = {}
    target: str = ""
    contexts: tuple[str, ...] = ()
    labels: Mapping[str, str] = {}
    base_image: str = ""


def context_named(options: PlanOptions, name: str) -> str | None:
    """Return the named context that takes the place of an image or a stage called `name`, or None."""
    if name in ("scratch", "context") or not options.contexts:
        return None
    if name in options.contexts:
        return name
    wanted = _normal(name)
    return next((each for each in options.contexts if wanted and _normal(each) == wanted), None)


def _normal(name: str) -> str:
    try:
        return str(normalize_reference(name))
    except InvalidInput:
        return ""
