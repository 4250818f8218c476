"""buildx version."""

from __future__ import annotations

from cli.output.podman_info import BUILDAH_VERSION
from pycman.version import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Print the program and its version, as docker's buildx does; podman's is buildah."""
    call.print(f"buildah {BUILDAH_VERSION}" if call.habits.buildx_is_buildah else f"pycman {__version__}")
    return 0
