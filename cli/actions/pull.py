"""pull: bring images from registries."""

from __future__ import annotations

from cli.output.progress import progress_for
from cli.specs.registry import registry_options
from pycman.images.pull import PullOptions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Pull each and print its id."""
    options = PullOptions(
        all_tags=call.switch("all-tags"),
        policy=call.text("policy", "always"),
        platform=call.text("platform"),
        arch=call.text("arch"),
        os=call.text("os"),
        variant=call.text("variant"),
        **registry_options(call),
    )
    for name in call.arguments:
        progress = progress_for(call, quiet=call.switch("quiet"))
        for image_id in call.engine.images.pull(name, options, progress=progress):
            call.print(image_id)
    return 0
