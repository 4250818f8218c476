"""What a name in FROM, --from and from= means, and what a stage begins with."""

from __future__ import annotations

from pycman.build.language.errors import Wrong, did_you_mean, quoted
from pycman.build.plan.options import context_named
from pycman.build.plan.values import Origin
from pycman.errors import InvalidInput
from pycman.record import Record
from pycman.spec.image_reference import parse_image_reference

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.build.language.instructions import StageText
    from pycman.build.language.parser import Dockerfile
    from pycman.build.plan.options import PlanOptions

_TRANSPORTS = ("docker", "oci", "oci-archive", "dir", "docker-archive", "containers-storage", "docker-daemon")


class StageHead(Record):
    """A stage before its steps: what it begins with, and on which platform."""

    number: int
    text: StageText
    base: Origin
    platform: str
    replaced: bool = False
    """True if a named context is taken in place of the whole stage."""


class Names:
    """The names of stages, and what a name in FROM, COPY --from or RUN --mount=from= means."""

    def __init__(self, dockerfile: Dockerfile, options: PlanOptions) -> None:
        self._options = options
        self._count = len(dockerfile.stages)
        self._numbers: dict[str, list[int]] = {}
        for number, stage in enumerate(dockerfile.stages):
            if stage.start.stage:
                self._numbers.setdefault(stage.start.stage, []).append(number)

    def earlier(self, name: str, before: int) -> int | None:
        """Return the last stage of a name before stage `before`."""
        return next((number for number in reversed(self._numbers.get(name.lower(), ())) if number < before), None)

    def target(self, name: str) -> int:
        """Return the stage that --target names, by name or number; the last one for "". Raises Wrong."""
        if not name:
            return self._count - 1
        numbers = self._numbers.get(name.lower())
        if numbers:
            return numbers[-1]
        if _is_number(name) and int(name) < self._count:
            return int(name)
        hint = did_you_mean(name, self._numbers) or f"stages are {', '.join(self._numbers) or 'unnamed'}"
        raise Wrong(f"there is no stage {quoted(name)}", hint)

    def origin(self, name: str, number: int, *, base: bool = False) -> Origin:
        """Return what a name means in stage `number`; `base` says that it stands in FROM. Raises Wrong."""
        found = self.earlier(name, number)
        if found is not None:
            return Origin(kind="stage", name=name, stage=found)
        if not base and _is_number(name):
            return self._by_number(name, number)
        if not base and name.lower() in self._numbers:
            later = "itself" if number in self._numbers[name.lower()] else "a later stage"
            raise Wrong(f"stage {quoted(name)} is {later}", "put it before this stage")
        if name == "scratch":
            return Origin(kind="scratch")
        context = context_named(self._options, name)
        if context is not None:
            return Origin(kind="context", name=context)
        check_image_name(name)
        return Origin(kind="image", name=name, platform=self._options.platform)

    def _by_number(self, name: str, number: int) -> Origin:
        if int(name) >= self._count:
            raise Wrong(f"there is no stage {quoted(name)}", f"stages are numbered from 0 to {self._count - 1}")
        if int(name) >= number:
            raise Wrong(
                f"stage {name} is {'itself' if int(name) == number else 'a later stage'}", "name an earlier one"
            )
        return Origin(kind="stage", name=name, stage=int(name))


def _is_number(name: str) -> bool:
    return name.isascii() and name.isdigit() and len(name) < 9


def check_image_name(name: str) -> None:
    """Check that a text can name an image: a reference, an id, or a transport and something. Raises Wrong."""
    bare = name.removeprefix("sha256:")
    if name.partition(":")[0] in _TRANSPORTS or (len(bare) == 64 and not set(bare) - set("0123456789abcdef")):
        return
    try:
        parse_image_reference(name)
    except InvalidInput as error:
        raise Wrong(f"{quoted(name) or 'it'} is not the name of an image: {error.problem}", error.hint) from None
