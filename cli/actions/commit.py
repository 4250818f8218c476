"""commit: make an image of a container."""

from __future__ import annotations

from pycman.images.commit import CommitOptions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Make it and print its id."""
    name = call.arguments[0]
    options = CommitOptions(
        reference=call.arguments[1] if len(call.arguments) > 1 else "",
        author=call.text("author"),
        message=call.text("message"),
        changes=tuple(call.words("change")),
        pause=call.switch("pause", True),
        format=call.text("format") or "oci",
        squash=call.switch("squash"),
        include_volumes=call.switch("include-volumes"),
    )
    image_id = call.engine.containers.commit(name, options)
    if call.text("iidfile"):
        with open(call.text("iidfile"), "w", encoding="ascii") as file:
            file.write(f"sha256:{image_id}")
    call.print(f"sha256:{image_id}")
    return 0
