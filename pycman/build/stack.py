"""The layers of a stage at one point of its build, as values."""

from __future__ import annotations

from pycman.images.image import ImageLayer
from pycman.record import Record
from pycman.storage.layers import layer_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Stack(Record):
    """Layers, bottom first; none is an empty root (scratch)."""

    layers: tuple[ImageLayer, ...] = ()

    @property
    def chain_id(self) -> str:
        """Return the chain id of the whole stack, "" for none."""
        return self.layers[-1].chain_id if self.layers else ""

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of the layers' directories, top first, as overlayfs takes them."""
        return tuple(layer_name(layer.chain_id) for layer in reversed(self.layers))

    def with_layer(self, layer: ImageLayer) -> Stack:
        """Return the stack with one more layer on top."""
        return Stack(layers=(*self.layers, layer))


class StepResult(Record):
    """What a step left: the layers after it (`layer` is the new one, None if it made none), and when it was done."""

    stack: Stack
    layer: ImageLayer | None
    created_at_ns: int
    size_bytes: int = 0


class UsedStep(Record):
    """A step of this build: its key, the chain id of the layers it was done on, and what it left."""

    key: str
    parent_chain_id: str
    result: StepResult


class StageState(Record):
    """A stage as far as it is built: its layers, the cache key of its last step, its config and its history."""

    stack: Stack
    key: str
    config: dict[str, Any]
    history: tuple[dict[str, Any], ...] = ()
    created_at_ns: int = 0
    cached: bool = True
    base_layers: int = 0
    """How many of the layers are the base image's."""
