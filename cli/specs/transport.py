"""Images in files, which words of `pull` and `push` may name (pycman/spec/image_file.py)."""

from __future__ import annotations

from pycman.errors import Unsupported

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from cli.call import Call


def refuse_flags(call: Call, names: Iterable[str], subject: str) -> None:
    """Raise Unsupported for flags that are for registries only."""
    for name in names:
        if call.flags.get(name):
            raise Unsupported("it is for registries only", subject=f"--{name} with {subject}", hint="leave it out")
