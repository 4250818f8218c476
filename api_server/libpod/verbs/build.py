"""POST /libpod/build: podman's lines in {"stream"}, the image's id as the last of them."""

from __future__ import annotations

import contextlib
import os
import stat

from api_server.libpod.query import switch
from api_server.libpod.spec.build import build_options, secrets_of
from api_server.libpod.verbs.bodies import unpack_body
from api_server.libpod.verbs.transfer import registry_options
from api_server.verbs.build import Steps, logins
from api_server.verbs.piped_output import Progress
from pycman.build.options import BuildSecret
from pycman.build.outcome import StepFailed
from pycman.errors import NotFound
from pycman.linux.files import make_directory, remove_tree

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from api_server.verbs.call import Call
    from pycman.build.options import BuildOptions
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
    secrets = secrets_of(request)
    if secrets:
        with _unpacked(call, secrets) as (context, files):
            _build(call, options.replace(context=context, secrets=files), stdin=-1)
    else:
        _build(call, options, stdin=call.source_descriptor)


@contextlib.contextmanager
def _unpacked(call: Call, secrets: list[tuple[str, str]]) -> Iterator[tuple[str, tuple[BuildSecret, ...]]]:
    """Yield the directory of a context whose files of secrets have been moved out of it, as no step is to copy them. Raises NotFound."""
    folder = f"{call.session.paths.tmp}/api-build-{os.urandom(8).hex()}"
    context, kept = f"{folder}/context", f"{folder}/secrets"
    for path in (folder, context, kept):
        make_directory(path, 0o700)
    try:
        with call.source() as source:
            unpack_body(source, context)
        files = []
        for number, (secret_id, name) in enumerate(secrets):
            path = f"{context}/{name}"
            if not os.path.lexists(path) or not stat.S_ISREG(os.lstat(path).st_mode):
                raise NotFound("no such file at the top of the context", subject=name)
            os.rename(path, f"{kept}/{number}")
            files.append(BuildSecret(id=secret_id, path=f"{kept}/{number}"))
        yield context, tuple(files)
    finally:
        remove_tree(folder)


def _build(call: Call, options: BuildOptions, *, stdin: int) -> None:
    request = call.request
    quiet = switch(request, "q", "quiet")
    progress = Progress(call.output)
    with logins(call) as registry, PodmanSteps(progress, quiet=quiet) as steps:
        options = options.replace(
            stdin=stdin, stdout=steps.run_output, stderr=steps.run_output,
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
