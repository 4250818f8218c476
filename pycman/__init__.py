"""pycman: a container engine as a library, with no daemon.

    import pycman

    with pycman.Engine.open() as engine:
        engine.images.pull("localhost:5000/web", pycman.PullOptions())
        engine.containers.run(pycman.ContainerSpec(image="localhost:5000/web", name="web"))

Public names are imported at first use, so that a program pays only for what it touches.
"""

from __future__ import annotations

import sys

from pycman.version import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.build.options import BuildOptions as BuildOptions
    from pycman.engine import Engine as Engine
    from pycman.errors import PycmanError as PycmanError
    from pycman.images.transfer.pull import PullOptions as PullOptions
    from pycman.images.transfer.push import PushOptions as PushOptions
    from pycman.runtime.attach import Streams as Streams
    from pycman.spec.container import ContainerSpec as ContainerSpec
    from pycman.spec.container import ProcessSpec as ProcessSpec
    from pycman.spec.mount import Mount as Mount
    from pycman.spec.network import NetworkSpec as NetworkSpec
    from pycman.spec.network import Subnet as Subnet
    from pycman.spec.network_attachment import NetworkAttachment as NetworkAttachment
    from pycman.spec.network_attachment import NetworkMode as NetworkMode
    from pycman.spec.port import PortMapping as PortMapping
    from pycman.spec.resources import Resources as Resources
    from pycman.volumes.volume import VolumeSpec as VolumeSpec

_HOMES = {
    "BuildOptions": "pycman.build.options",
    "ContainerSpec": "pycman.spec.container",
    "Engine": "pycman.engine",
    "Mount": "pycman.spec.mount",
    "NetworkAttachment": "pycman.spec.network_attachment",
    "NetworkMode": "pycman.spec.network_attachment",
    "NetworkSpec": "pycman.spec.network",
    "PortMapping": "pycman.spec.port",
    "ProcessSpec": "pycman.spec.container",
    "PullOptions": "pycman.images.transfer.pull",
    "PushOptions": "pycman.images.transfer.push",
    "PycmanError": "pycman.errors",
    "Resources": "pycman.spec.resources",
    "Subnet": "pycman.spec.network",
    "Streams": "pycman.runtime.attach",
    "VolumeSpec": "pycman.volumes.volume",
}

__all__ = ["__version__", *_HOMES]  # noqa: PLE0604 - the keys are names


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'pycman' has no attribute {name!r}")
    __import__(home)
    return getattr(sys.modules[home], name)
