"""What a build reports while it works, and the error of a step that failed."""

from __future__ import annotations

from pycman.errors import PycmanError
from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


class BuildEvent(Record):
    """One thing that happened.

    kind      step      an instruction begins: `text`, and `number` of `total`; `stage` names it if there are several
              cached    the step was found in the cache: `id` is its key
              done      the step was carried out: `id` is its key
              commit    the image is being written: `text` is its first name, or ""
              image     it is there: `id`
              tagged    it has the name `text`
              warning   `text`, of the Dockerfile
              pull      an image is needed from a registry: `text`
    """

    kind: str
    text: str = ""
    id: str = ""
    number: int = 0
    total: int = 0
    stage: str = ""
    cause: str = ""


if TYPE_CHECKING:
    Report = Callable[[BuildEvent], None]


class StepFailed(PycmanError):
    """An instruction could not be carried out. `place` is "Dockerfile:12", `step` the instruction."""

    reference = "build-step-failed"

    def __init__(
        self, problem: str, *, subject: str = "", hint: str = "", place: str = "", step: str = "", status: int = 0
    ) -> None:
        super().__init__(problem, subject=subject or place, hint=hint)
        self.place = place
        self.step = step
        self.status = status
        self.output: tuple[str, ...] = ()

    def describe(self) -> str:
        """Return place, instruction and reason in one line."""
        return f"{self.place}: {self.step}: {self.problem}"
