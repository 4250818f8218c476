"""pull: pull images from registries."""

from __future__ import annotations

import sys

from cli.output.progress import progress_for
from cli.output.words import familiar_name
from cli.specs.registry import registry_options
from cli.specs.together import check_together
from cli.specs.transport import refuse_flags
from pycman.images.transfer.pull import PullOptions
from pycman.spec.image_file import parse_image_file
from pycman.spec.image_reference import parse_image_reference

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call
    from cli.output.progress import Bars, Lines
    from pycman.images.image import Image


def run(call: Call) -> int:
    """Pull the images; print digest, status and name as docker does, or when called as podman the ids."""
    check_together(call, ())
    options = PullOptions(
        all_tags=call.flag("all-tags"),
        policy=call.string("policy", "always"),
        platform=call.string("platform"),
        arch=call.string("arch"),
        os=call.string("os"),
        variant=call.string("variant"),
        **registry_options(call),
    )
    id_alone = call.habits.pull_prints_id
    for name in call.arguments:
        if parse_image_file(name) is not None:
            _load(call, name, options)
            continue
        before = call.engine.images.find(name)
        progress = _progress(call)
        for image_id in call.engine.images.pull(name, options, progress=progress):
            if progress is not None:
                progress.finish(image_id)
            if id_alone:
                call.print(image_id)
            else:
                is_new = before is None or before.id != image_id
                _print_result(call, name, call.engine.images.get(image_id), is_new=is_new)
    return 0


def _progress(call: Call) -> Lines | Bars | None:
    """Return what shows the progress: on standard error where standard output is for ids."""
    output = sys.stderr if call.habits.pull_prints_id else sys.stdout
    return progress_for(quiet=call.flag("quiet"), output=output, podman=call.habits.podman_progress)


def _load(call: Call, name: str, options: PullOptions) -> None:
    """Load the images of a file or directory and print their ids, or with docker's habits their names."""
    refuse_flags(call, ("all-tags", "platform", "arch", "os", "variant"), name)
    id_alone = call.habits.pull_prints_id
    progress = _progress(call)
    for image_id in call.engine.images.pull(name, options, progress=progress):
        image = call.engine.images.get(image_id)
        if progress is not None:
            progress.finish(image_id)
        for each in [image_id] if id_alone else image.names or [image_id]:
            call.print(each)


def _print_result(call: Call, argument: str, image: Image, *, is_new: bool) -> None:
    """Print docker's last lines; with --quiet only the full name, which scripts read."""
    name = _full_name(argument, image, any_tag=call.flag("all-tags"))
    if not call.flag("quiet"):
        repository = name.partition("@")[0] if "@" in name else name.rpartition(":")[0]
        digest = next((known for known in image.digests if known.startswith(f"{repository}@")), "")
        if digest:
            call.print(f"Digest: {digest.partition('@')[2]}")
        status = "Downloaded newer image for" if is_new else "Image is up to date for"
        call.print(f"Status: {status} {familiar_name(name)}")
    call.print(name)


def _full_name(argument: str, image: Image, *, any_tag: bool) -> str:
    """Return the full name (registry, and tag or digest) of the image that `argument` resolved to."""
    reference = parse_image_reference(argument)
    if any_tag:
        return next((name for name in image.names if f"/{reference.path}:" in f"/{name}"), argument)
    if reference.digest:
        names, end = image.digests, f"{reference.path}@{reference.digest}"
    else:
        names, end = image.names, f"{reference.path}:{reference.tag or 'latest'}"
    return next((name for name in names if name == end or name.endswith(f"/{end}")), argument)
