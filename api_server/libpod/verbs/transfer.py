"""Images in and out, as podman's streams: lines of {"stream"}, at the end {"images", "id"}, {"manifestdigest"} or {"error"}."""

from __future__ import annotations

import os
import threading
from typing import cast

from api_server.libpod.query import count, switch, tls_options
from api_server.libpod.spec.durations import duration_ns
from api_server.libpod.verbs.bodies import answer_json, write
from api_server.verbs.piped_output import Progress, begin, begin_file
from api_server.verbs.registry_auth import auth_document, credentials_of
from pycman.errors import Corrupt, InvalidInput, PycmanError
from pycman.images.archive.save import SaveOptions
from pycman.images.make.commit import ImportOptions
from pycman.images.make.import_source import open_download
from pycman.images.transfer.pull import PullOptions
from pycman.images.transfer.push import PushOptions
from pycman.jsontext import format_json
from pycman.linux.files import remove_tree

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, BinaryIO

    from api_server.http.request import Request
    from api_server.verbs.call import Call

_POLICIES = ("always", "missing", "ifnotpresent", "never", "newer")
_FORMATS = ("docker-archive", "oci-archive", "docker-dir", "oci-dir")
_TRANSPORTS = (
    "docker-archive:",
    "oci-archive:",
    "oci:",
    "dir:",
    "docker-daemon:",
    "containers-storage:",
    "ostree:",
    "sif:",
)
_LEVELS = range(-1, 23)
_SHORT = 12
_DIGEST_SINCE = (4, 6)
"""Clients before take a line that is neither text nor an error for a broken stream."""


class Stream:
    """Lines of JSON; the head is written with the first one."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._lock = threading.Lock()
        self._begun = False
        self._told: set[tuple[str, str]] = set()

    def line(self, **values: object) -> None:
        """Write one object; may be called from several threads."""
        with self._lock:
            if not self._begun:
                self._begun = True
                begin(self._call.output, {"Content-Type": "application/json"})
            write(self._call, format_json(values).encode("utf-8", "surrogateescape") + b"\n")

    def layer(self, digest: str, total_bytes: int, received_bytes: int, phase: str) -> None:
        """Tell that a layer is copied, or is there already: once each."""
        del total_bytes, received_bytes
        short = digest.rpartition(":")[2][:12]
        words = {"exists": f"Copying blob {short} [--------------------------------------] skipped: already exists",
                 "downloading": f"Copying blob {short}", "uploading": f"Copying blob {short}", "done": f"Copying blob {short} done",
                 "pushed": f"Copying blob {short} done"}  # fmt: skip
        if phase in words and (short, phase) not in self._told:
            self._told.add((short, phase))
            self.line(stream=f"{words[phase]}\n")

    def message(self, text: str) -> None:
        """Tell one line of text."""
        self.line(stream=f"{text}\n")


class _DockerStream(Progress):
    """Docker's progress of a pull, without lines of text: what fails before the first layer has a status."""

    def layer(self, digest: str, total_bytes: int, received_bytes: int, phase: str) -> None:
        """Report the phase of a layer; to clients it is complete when it has been downloaded."""
        if phase == "done":
            self.line(status="Download complete", progressDetail={}, id=digest.rpartition(":")[2][:_SHORT])
        else:
            super().layer(digest, total_bytes, received_bytes, phase)

    def message(self, text: str) -> None:
        """Leave out a line of text."""


def registry_options(request: Request) -> dict[str, Any]:
    """Return fields of RegistryOptions: the login of the request, TLS, retries. Raises InvalidInput."""
    options: dict[str, Any] = dict(tls_options(request))
    header = request.headers.get("x-registry-auth", "")
    credentials = credentials_of(header) if header else None
    if credentials is not None:
        options["credentials"] = credentials
    retry = count(request, "retry")
    if retry is not None:
        options["retry"] = retry
    delay = request.text("retrydelay") or request.text("retryDelay")
    if delay:
        options["retry_delay_s"] = duration_ns(delay, "retryDelay") / 10**9
    return options


def logins_of(request: Request) -> dict[str, Any]:
    """Return the logins by registry in X-Registry-Config as an auth file, {} for none. Raises InvalidInput."""
    return auth_document(request.headers.get("x-registry-config", ""))


def registry_reference(name: str) -> str:
    """Return a name with the transport docker:// or none. Raises InvalidInput for another transport."""
    if name.startswith(_TRANSPORTS):
        raise InvalidInput("unsupported transport: only docker is supported", subject=name[:80])
    return name.removeprefix("docker://")


def pull(call: Call) -> None:
    """Pull an image; an error is told in the stream, as podman does."""
    request = call.request
    name = registry_reference(request.text("reference"))
    if not name:
        raise InvalidInput("reference parameter cannot be empty", subject="reference")
    policy = request.text("policy").lower() or "always"
    if policy not in _POLICIES:
        raise InvalidInput("not a pull policy", subject=policy[:40], hint="use always, missing, never or newer")
    options = PullOptions(
        policy=policy,
        all_tags=switch(request, "allTags"),
        arch=request.text("Arch") or request.text("arch"),
        os=request.text("OS") or request.text("os"),
        variant=request.text("Variant") or request.text("variant"),
        **registry_options(request),
    )
    if switch(request, "quiet"):
        report: dict[str, object] = {}
        try:
            ids = _hex(call.engine.images.pull(name, options))
            report = {"images": ids, "id": ids[-1] if ids else ""}
        except PycmanError as error:
            report = {"error": str(error)}
        answer_json(call, report)
        return
    if switch(request, "compatMode"):
        compatible = _DockerStream(call.output)
        ids = _hex(call.engine.images.pull(name, options, progress=compatible))
        compatible.line(status="Download complete", progressDetail={}, id=ids[0][:_SHORT])
        return
    stream = Stream(call)
    try:
        ids = _hex(call.engine.images.pull(name, options, progress=stream))
    except PycmanError as error:
        stream.line(error=str(error))
        return
    stream.line(images=ids, id=ids[-1] if ids else "")


def _hex(ids: list[str]) -> list[str]:
    return [each.removeprefix("sha256:") for each in ids]


def push_options(request: Request) -> dict[str, Any]:
    """Return the fields that pushes of images and of lists have. Raises InvalidInput, Unsupported."""
    level = request.number("compressionLevel", -1)
    if level not in _LEVELS:
        raise InvalidInput("not a level of compression", subject=f"compressionLevel={level}")
    return {"format": request.text("format"), "compression_level": level, **registry_options(request)}


def push(call: Call) -> None:
    """Push an image to its name or to `destination`."""
    request = call.request
    destination = registry_reference(request.text("destination"))
    options = PushOptions(compression_format=request.text("compressionFormat"), **push_options(request))
    if switch(request, "quiet", default=True):
        try:
            call.engine.images.push(call.name, destination, options)
        except PycmanError as error:
            raise InvalidInput(f"pushing image: {error}", subject=destination or call.name) from error
        begin(call.output, {"Content-Length": "0"})
        return
    stream = Stream(call)
    try:
        report = call.engine.images.push(call.name, destination, options, progress=stream)
    except PycmanError as error:
        stream.line(error=str(error))
        return
    if request.version >= _DIGEST_SINCE:
        stream.line(manifestdigest=report.digest)
    else:
        stream.line(stream="Writing manifest to image destination\n")


def load(call: Call) -> None:
    """Load the images of an archive."""
    with call.source() as source:
        try:
            report = call.engine.images.load(source)
        except (Corrupt, InvalidInput) as error:
            raise PycmanError(
                f"unable to load image: payload does not match any of the supported image formats: {error}"
            ) from error
        while source.read(1 << 16):  # what follows the end of the archive
            pass
    answer_json(call, {"Names": [*report.names] or [each.removeprefix("sha256:") for each in report.ids]})


def import_image(call: Call) -> None:
    """Make an image of one layer of a tar, from the body or a URL."""
    request = call.request
    parts = [request.text(name) or request.text(name.lower()) for name in ("OS", "Architecture", "Variant")]
    platform = "/".join(part for part in (parts[0] or "linux", *parts[1:]) if part) if any(parts) else ""
    url = request.text("URL") or request.text("url")
    options = ImportOptions(
        reference=request.text("reference"),
        message=request.text("message"),
        changes=tuple(line for text in request.texts("changes") for line in text.split("\n") if line.strip()),
        platform=platform,
        source_name=url or "-",
    )
    if url:
        if not url.startswith(("http://", "https://")):
            raise InvalidInput("not a URL", subject=f"URL={url[:80]}")
        made = call.engine.images.import_tar(cast("BinaryIO", open_download(url)), options)
    else:
        with call.source() as source:
            made = call.engine.images.import_tar(source, options)
            while source.read(1 << 16):
                pass
    answer_json(call, {"Id": made.removeprefix("sha256:")})


def _save_format(request: Request) -> str:
    form = request.text("format") or "oci-archive"
    if form not in _FORMATS:
        raise PycmanError(f'unknown format "{form[:40]}"', subject="format", hint=f"use {', '.join(_FORMATS)}")
    return form


def save(call: Call) -> None:
    """Send an image as an archive, a directory as a tar of it."""
    form, compress = _save_format(call.request), switch(call.request, "compress")
    _save(call, [call.name], form, compress=compress, uncompressed=False)


def export(call: Call) -> None:
    """Send several images as one archive."""
    request = call.request
    names = [name for name in request.texts("references") if name]
    if not names:
        raise InvalidInput("no references", subject="references")
    form = _save_format(request)
    if len(names) > 1 and form != "docker-archive":
        raise PycmanError("multi-image archives must use format of docker-archive", subject="format")
    _save(
        call,
        names,
        form,
        compress=switch(request, "compress"),
        uncompressed=switch(request, "ociAcceptUncompressedLayers"),
    )


def _save(call: Call, names: list[str], form: str, *, compress: bool, uncompressed: bool) -> None:
    for name in names:
        call.engine.images.get(name)  # what does not exist has a status, as nothing is written yet
    options = SaveOptions(format=form, compress=compress, uncompressed=uncompressed)
    if form.endswith("-archive"):
        with begin_file(call.output, "application/x-tar") as file:
            call.engine.images.save(names, file, options)
        return
    import tarfile  # only for images as directories

    folder = f"{call.session.paths.tmp}/api-save-{os.urandom(8).hex()}"
    try:
        call.engine.images.save(names, folder, options)
        with begin_file(call.output, "application/x-tar") as file, tarfile.open(fileobj=file, mode="w|") as tar:
            tar.add(folder, ".")
    finally:
        remove_tree(folder)
