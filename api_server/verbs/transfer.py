"""Images in and out: pull, import, push, load, save."""

from __future__ import annotations

from typing import cast

from api_server.errors import message_of
from api_server.translate.words import familiar_name, full_name, image_id
from api_server.verbs.names import named, registry_options, require_platform
from api_server.verbs.piped_output import Progress, begin_file
from pycman.errors import InvalidInput, NotFound, PycmanError, Unsupported
from pycman.images.archive.save import SaveOptions
from pycman.images.make.commit import ImportOptions
from pycman.images.make.import_source import open_download
from pycman.images.transfer.pull import PullOptions
from pycman.images.transfer.push import PushOptions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO

    from api_server.verbs.call import Call


def create(call: Call) -> None:
    """Pull an image (fromImage), or make one of a tar (fromSrc)."""
    if call.request.text("fromImage"):
        _pull(call)
    elif call.request.text("fromSrc"):
        _import(call)
    else:
        raise InvalidInput("neither fromImage nor fromSrc is given", subject="images/create")


def _pull(call: Call) -> None:
    request = call.request
    name = named(request.text("fromImage"), request.text("tag"))
    progress = Progress(call.output)
    every = "@" not in name and ":" not in name.rpartition("/")[2]
    repository, _, tag = name.partition("@") if "@" in name else name.rpartition(":")
    known = call.engine.images.find(name) if not every else None
    options = PullOptions(all_tags=every, platform=request.text("platform"), **registry_options(call, name))
    path = repository.partition("/")[2]
    begun = _Late(progress, f"Pulling from {path}", tag)
    try:
        ids = call.engine.images.pull(name, options, progress=progress if every else begun)
    except NotFound as error:
        raise not_pulled(name, error) from error
    if not every:
        begun.begin()
    image = call.engine.images.get(ids[0])
    if image.manifest_digest:
        progress.line(status=f"Digest: {image.manifest_digest}")
    same = known is not None and known.id == ids[0]
    words = "Image is up to date for" if same else "Downloaded newer image for"
    progress.line(status=f"Status: {words} {familiar_name(name)}")


def not_pulled(name: str, error: NotFound) -> NotFound:
    """Return the error of an image that its registry does not have, with the words by which clients know it."""
    return NotFound(
        f"pull access denied for {familiar_name(name)}, repository does not exist, has no such tag,"
        f" or may require 'docker login': {error}"
    )


class _Late:
    """Progress that begins with the first layer, so that what fails before it (no such image, no login) has a status.

    Messages that come earlier, as "Trying to pull", wait until then.
    """

    def __init__(self, progress: Progress, status: str, tag: str) -> None:
        self._progress = progress
        self._waiting: list[dict[str, str]] = [{"status": status, "id": tag}]
        self._begun = False

    def layer(self, digest: str, total_bytes: int, received_bytes: int, phase: str) -> None:
        """Report the phase of a layer."""
        self.begin()
        self._progress.layer(digest, total_bytes, received_bytes, phase)

    def message(self, text: str) -> None:
        """Report one line of text."""
        if self._begun:
            self._progress.message(text)
        else:
            self._waiting.append({"status": text})

    def begin(self) -> None:
        """Write what has waited; the second time nothing."""
        self._begun = True
        waiting, self._waiting = self._waiting, []
        for line in waiting:
            self._progress.line(**line)


def _import(call: Call) -> None:
    request = call.request
    source_name = request.text("fromSrc")
    repository = request.text("repo")
    options = ImportOptions(
        reference=named(repository, request.text("tag") or "latest") if repository else "",
        message=request.text("message"),
        changes=tuple(request.texts("changes")),
        platform=request.text("platform"),
        source_name=source_name,
    )
    if source_name == "-":
        with call.source() as source:
            imported = call.engine.images.import_tar(source, options)
    elif source_name.startswith(("http://", "https://")):
        imported = call.engine.images.import_tar(cast("BinaryIO", open_download(source_name)), options)
    else:
        raise InvalidInput("it is neither - nor a URL", subject=f"fromSrc={source_name[:80]}")
    Progress(call.output).line(status=image_id(imported))


def push(call: Call) -> None:
    """Push a name, or without a tag all names of a repository."""
    name, tag = full_name(call.name), call.request.text("tag")
    progress = Progress(call.output)
    if call.request.text("platform"):
        raise Unsupported("an image is pushed as it is", subject="platform", hint="leave it out")
    if tag or ":" in name.rpartition("/")[2]:
        names = [named(name, tag)]
    else:
        prefix = f"{name}:"
        names = [each for image in call.engine.images.list() for each in image.names if each.startswith(prefix)]
    if not names or call.engine.images.find(names[0]) is None:
        raise NotFound("an image does not exist locally with the tag", subject=familiar_name(name))
    for each in names:
        progress.line(status=f"The push refers to repository [{name.rpartition(':')[0] or name}]")
        report = call.engine.images.push(each, "", PushOptions(**registry_options(call, each)), progress=progress)
        pushed = each.rpartition(":")[2]
        progress.line(status=f"{pushed}: digest: {report.digest} size: {report.size_bytes}")
        progress.line(progressDetail={}, aux={"Tag": pushed, "Digest": report.digest, "Size": report.size_bytes})


def load(call: Call) -> None:
    """Load the images of an archive; as with docker, what is wrong with it is told in the stream."""
    if call.request.text("platform"):
        raise Unsupported("all images of an archive are loaded", subject="platform", hint="leave it out")
    progress = Progress(call.output)
    with call.source() as source:
        try:
            report = call.engine.images.load(source)
        except PycmanError as error:
            progress.line(errorDetail={"message": message_of(error)}, error=message_of(error))
            return
        while source.read(1 << 16):  # what follows the end of the archive
            pass
    for name in report.names:
        progress.line(stream=f"Loaded image: {familiar_name(name)}\n")
    for each in report.ids:
        progress.line(stream=f"Loaded image ID: {image_id(each)}\n")


def save(call: Call) -> None:
    """Send an image as an archive."""
    _save(call, [call.name])


def save_several(call: Call) -> None:
    """Send several images as one archive."""
    names = [name for text in call.request.texts("names") for name in text.split(",") if name]
    if not names:
        raise InvalidInput("no image was named", subject="names")
    _save(call, names)


def _save(call: Call, names: list[str]) -> None:
    for name in names:
        call.engine.images.get(name)  # what does not exist has a status, as nothing is written yet
        require_platform(call, name)
    with begin_file(call.output, "application/x-tar") as file:
        call.engine.images.save(names, file, SaveOptions(format="docker-archive"))
