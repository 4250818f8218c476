"""FROM and --from: what a stage begins with, or files are taken from: an image, another stage, a context, or nothing."""

from __future__ import annotations

import os

from pycman.build.outcome import BuildEvent
from pycman.build.stack import Stack, StageState
from pycman.errors import InvalidInput
from pycman.images.catalogue import find_image, layers_of
from pycman.images.platform import parse_platform
from pycman.images.transfer.ensure_image import ensure_image
from pycman.storage.layers import ensure_layer, find_layer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pycman.build.options import BuildOptions
    from pycman.build.outcome import Report
    from pycman.build.plan.values import Origin
    from pycman.images.image import Image
    from pycman.state.leases import Lease
    from pycman.state.session import Session


class Bases:
    """The images of a build, each looked up or pulled once, and leased until its end."""

    def __init__(self, session: Session, leased: Lease, options: BuildOptions, report: Report) -> None:
        self._session = session
        self._leased = leased
        self._options = options
        self._report = report
        self._images: dict[tuple[str, str], Image] = {}
        self._named = dict(options.contexts)
        self._platform = options.platforms[0] if options.platforms else ""

    def report_to(self, report: Report) -> None:
        """Report to somebody else from now on: in a child that builds one stage."""
        self._report = report

    def image(self, name: str, platform: str) -> Image:
        """Return an image by its reference, pulled as --pull says. Raises what `ensure_image` raises."""
        known = self._images.get((name, platform))
        if known is not None:
            return known
        reference = self._reference(name)
        wanted = parse_platform(platform, machine=os.uname().machine) if platform else None
        known_here = find_image(self._session, reference, platform=wanted) is not None
        asks_first = self._options.pull == "newer" and known_here
        if self._options.pull != "never" and not asks_first and (self._options.pull == "always" or not known_here):
            self._report(BuildEvent(kind="pull", text=reference))
        found = ensure_image(
            self._session,
            reference,
            policy=self._options.pull,
            platform=platform,
            access=self._options.registry,
            progress=_PullTold(reference, self._report) if asks_first else None,
        )
        with self._session.db.transaction():
            self._leased.add("image", found.id)
            for layer in layers_of(self._session, found.id):
                self._leased.add("layer", layer.chain_id)
        self._images[name, platform] = found
        return found

    def _reference(self, name: str) -> str:
        """Return the image that a named context puts in an image's place ("docker-image://…"), else the name itself."""
        replaced = self._named.get(name, "")
        if replaced and "://" not in replaced:
            raise InvalidInput(
                "a directory cannot take the place of an image", subject=f"--build-context {name}={replaced}",
                hint="name an image with docker-image://",
            )  # fmt: skip
        for prefix in ("docker-image://", "container-image://"):
            if replaced.startswith(prefix):
                return replaced.removeprefix(prefix)
        return name

    def stack(self, image: Image) -> Stack:
        """Return the layers of an image."""
        return Stack(layers=tuple(layers_of(self._session, image.id)))

    def base_config(self, origin: Origin) -> Mapping[str, Any]:
        """Return the config document of what a stage begins with, for the plan. Raises InvalidInput for a directory."""
        return self.image(origin.name, origin.platform or self._platform).config

    def parse_platform(self, text: str) -> str:
        """Return a platform in its normal form, for the plan. Raises InvalidInput."""
        return str(parse_platform(text, machine=os.uname().machine))

    def state(self, origin: Origin, base_config: dict[str, Any], key: str) -> StageState:
        """Return the state in which a stage begins that is built on an image."""
        image = self.image(origin.name, origin.platform or self._platform)
        stack = self.stack(image)
        return StageState(
            stack=stack,
            key=key,
            config=base_config,
            history=tuple(entry for entry in image.config.get("history") or () if isinstance(entry, dict)),
            created_at_ns=image.created_at_ns,
            base_layers=len(stack.layers),
        )


def ensure_stack(session: Session, stack: Stack) -> None:
    """Unpack the layers of a stack that are in the store as blobs only. Raises NotFound (blob), NoSpace."""
    parent = ""
    for layer in stack.layers:
        if find_layer(session, layer.chain_id) is None:
            ensure_layer(session, diff_id=layer.diff_id, parent_chain_id=parent, blob_digest=layer.blob_digest)
        parent = layer.chain_id


class _PullTold:
    """Reports that an image is pulled, once a registry that was asked for a newer one has it: a pull says something when it begins."""

    def __init__(self, reference: str, report: Report) -> None:
        self._reference = reference
        self._report = report
        self._told = False

    def message(self, _text: str) -> None:
        """Report the first of a pull's messages as the event."""
        if not self._told:
            self._told = True
            self._report(BuildEvent(kind="pull", text=self._reference))

    def layer(self, digest: str, total_bytes: int, received_bytes: int, phase: str) -> None:
        """Layers are not reported."""
