"""POST /build with the classic builder's stream, and the cache of builds."""

from __future__ import annotations

import contextlib
import os
import select
import threading

from api_server.translate.build import build_options, command_of
from api_server.translate.words import familiar_name, image_id
from api_server.verbs.call import NO_CONTENT, json_answer
from api_server.verbs.piped_output import Progress
from api_server.verbs.registry_auth import auth_document
from pycman.build.outcome import StepFailed
from pycman.jsontext import format_json
from pycman.linux.files import write_atomic

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from api_server.verbs.call import Answer, Call
    from pycman.build.outcome import BuildEvent

_READ_BYTES = 64 << 10
_RED = ("\x1b[91m", "\x1b[0m")


def build(call: Call) -> None:
    """Build an image; what is done is sent as docker's classic builder does."""
    options = build_options(call.request)
    quiet = call.request.flag("q")
    progress = Progress(call.output)
    with logins(call) as registry, Steps(progress, quiet=quiet) as steps:
        options = options.replace(
            stdin=call.source_descriptor, stdout=steps.run_output, stderr=steps.run_errors, registry=registry
        )
        try:
            result = call.engine.images.build(options, report=steps.report)
        except StepFailed as error:
            steps.flush()
            if not error.status:
                raise
            message = f"The command '{command_of(error.step)}' returned a non-zero code: {error.status}"
            progress.line(errorDetail={"code": error.status, "message": message}, error=message)
            return
        steps.flush()
    if quiet:
        progress.line(stream=f"{image_id(result.image_id)}\n")
        return
    progress.line(aux={"ID": image_id(result.image_id)})
    progress.line(stream=f"Successfully built {result.image_id[:12]}\n")
    for name in result.names:
        progress.line(stream=f"Successfully tagged {familiar_name(name)}\n")


@contextlib.contextmanager
def logins(call: Call) -> Iterator[dict[str, str]]:
    """Yield the options for pulls: an auth file with the logins that the client has sent, removed again afterwards."""
    document = auth_document(call.request.headers.get("x-registry-config", ""))
    if not document:
        yield {}
        return
    path = f"{call.session.paths.run_root}/api-login-{os.urandom(8).hex()}.json"
    write_atomic(path, format_json(document), mode=0o600, sync=False)
    try:
        yield {"authfile": path}
    finally:
        os.unlink(path)


class Steps:
    """Events of a build and the output of its RUNs in one stream, in order: what RUN wrote is sent before the next event.

    What RUN writes to `run_errors` is red, as docker's classic builder sends what it wrote to its standard error.
    """

    def __init__(self, progress: Progress, *, quiet: bool) -> None:
        self._progress = progress
        self.quiet = quiet
        self._lock = threading.Lock()
        self._output, output = os.pipe2(os.O_CLOEXEC)
        self._errors, errors = os.pipe2(os.O_CLOEXEC)
        for descriptor in (self._output, self._errors):
            os.set_blocking(descriptor, False)
        self._ended, self._end = os.pipe2(os.O_CLOEXEC)
        self._reader = threading.Thread(target=self._pass_output, daemon=True)
        self._writers = (output, errors)
        self.run_output, self.run_errors = (-1, -1) if quiet else (output, errors)

    def __enter__(self) -> Steps:
        self._reader.start()
        return self

    def __exit__(self, *_error: object) -> None:
        os.close(self._end)
        self._reader.join()
        for descriptor in (self._output, self._errors, *self._writers, self._ended):
            os.close(descriptor)

    def _pass_output(self) -> None:
        poller = select.poll()
        for descriptor in (self._output, self._errors, self._ended):
            poller.register(descriptor, select.POLLIN)
        while self._ended not in dict(poller.poll()):
            self.flush()

    def flush(self) -> None:
        """Send what RUN has written."""
        with self._lock:
            for descriptor, (before, after) in ((self._output, ("", "")), (self._errors, _RED)):
                with contextlib.suppress(BlockingIOError, BrokenPipeError):
                    while data := os.read(descriptor, _READ_BYTES):
                        self._progress.line(stream=before + data.decode("utf-8", "replace") + after)

    def report(self, event: BuildEvent) -> None:
        """Send one event."""
        self.flush()
        for text in self.texts(event):
            self._progress.line(stream=text)

    def texts(self, event: BuildEvent) -> list[str]:
        """Return the lines for an event."""
        if self.quiet:
            return []
        if event.kind == "step":
            return [f"Step {event.number}/{event.total} : {event.text}\n"]
        if event.kind == "cached":
            return [" ---> Using cache\n", f" ---> {event.id[:12]}\n"]
        if event.kind in ("done", "image"):
            return [f" ---> {event.id.removeprefix('sha256:')[:12]}\n"]
        if event.kind == "warning":
            return [f"[Warning] {event.text}\n"]
        return []


def prune(call: Call) -> Answer:
    """Remove cached steps of builds."""
    request = call.request
    keep = request.number("keep-storage") or request.number("reserved-space")
    filters = [pair for pair in request.filters() if pair[0] not in ("unused-for",)]
    ids, freed = call.engine.images.prune_builds(filters, all=request.flag("all"), keep_bytes=keep)
    return json_answer({"CachesDeleted": ids or None, "SpaceReclaimed": freed})


def cancel(_call: Call) -> Answer:
    """Do nothing: a build ends when its client closes the connection."""
    return NO_CONTENT
