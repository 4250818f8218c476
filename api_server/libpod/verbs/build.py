"""POST /libpod/build: podman's lines in {"stream"}, the image's id as the last of them."""

from __future__ import annotations

from api_server.libpod.query import switch
from api_server.libpod.spec.build import build_options
from api_server.libpod.verbs.transfer import registry_options
from api_server.verbs.build import Steps, logins
from api_server.verbs.piped_output import Progress
from pycman.build.outcome import StepFailed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from api_server.verbs.call import Call
    from pycman.build.outcome import BuildEvent

_ID_LENGTH = 12


class PodmanSteps(Steps):
    """Events of a build in podman's words."""

    def texts(self, event: BuildEvent) -> list[str]:
        """Return the lines for an event."""
        if self.quiet:
            return []
        if event.kind == "step":
            return [f"{event.stage}STEP {event.number}/{event.total}: {event.text}\n"]
        if event.kind == "cached":
            return [f"{event.stage}--> Using cache {event.id}\n", f"{event.stage}--> {event.id[:_ID_LENGTH]}\n"]
        if event.kind in ("done", "image"):
            return [f"{event.stage}--> {event.id.removeprefix('sha256:')[:_ID_LENGTH]}\n"]
        if event.kind == "commit":
            return [f"COMMIT {event.text}".rstrip() + "\n"]
        if event.kind == "tagged":
            return [f"Successfully tagged {event.text}\n"]
        if event.kind == "pull":
            return [f"Trying to pull {event.text}...\n"]
        return [f"{event.text}\n"] if event.kind == "warning" else []


def build(call: Call) -> None:
    """Build an image; an error is told in the stream."""
    request = call.request
    options = build_options(request, {})
    quiet = switch(request, "q", "quiet")
    progress = Progress(call.output)
    with logins(call) as registry, PodmanSteps(progress, quiet=quiet) as steps:
        options = options.replace(
            stdin=call.source_descriptor, stdout=steps.run_output, stderr=steps.run_output,
            registry={**registry_options(request), **registry},
        )  # fmt: skip
        try:
            result = call.engine.images.build(options, report=steps.report)
        except StepFailed as error:
            steps.flush()
            progress.line(errorDetail={"message": str(error)}, error=str(error))
            return
        steps.flush()
    progress.line(stream=f"{result.image_id.removeprefix('sha256:')}\n")
