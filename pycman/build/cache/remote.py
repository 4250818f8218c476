"""--cache-from and --cache-to: finished steps kept in a registry or a directory, for builds on other machines.

Each step is an OCI manifest, by its key: its layer, if it made one, and a config of its own kind which says on what layers it was
done. What comes from there is a stranger's: digests and sizes of manifest, config, blob and unpacked tar are verified, and a step
counts only for the key and the layers it names. Who may write there still decides what files a step leaves, as the owner of a base
image does. So fetched steps are not written into the store's own cache: only builds that name the place use them.
"""

from __future__ import annotations

import io

from pycman.build.cache.places import open_place
from pycman.build.stack import StepResult
from pycman.digest import Descriptor, digest_bytes
from pycman.errors import Corrupt, PycmanError
from pycman.images.manifest import OCI_MANIFEST, Manifest, diff_ids, format_manifest, parse_manifest
from pycman.images.transfer.fetch_layers import LayerSource, store_layers
from pycman.jsontext import format_json, parse_json
from pycman.storage.blobs import open_blob
from pycman.storage.layers import layer_blob

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from pycman.build.cache.places import Place
    from pycman.build.options import BuildOptions
    from pycman.build.stack import Stack, UsedStep
    from pycman.state.leases import Lease
    from pycman.state.session import Session

STEP_CONFIG = "application/vnd.pycman.build.step.v1+json"
_LAYERS = ("application/vnd.oci.image.layer.v1.tar", "application/vnd.docker.image.rootfs.diff.tar")
_MOST_CONFIG_BYTES = 64 << 10


class RemoteCache:
    """The places of --cache-from of one build. One that cannot be read is left out, with a warning."""

    def __init__(self, session: Session, leased: Lease, options: BuildOptions) -> None:
        self._session = session
        self._leased = leased
        self._places: list[Place] = []
        for place in options.cache_from:
            try:
                opened = open_place(session, place, options.registry, writing=False)
            except PycmanError as error:
                session.warnings.append(f"the cache {place.target} is not used: {error.describe()}")
                continue
            if opened.wants_signatures:
                opened.close()
                session.warnings.append(
                    f"the cache {place.target} is not used: policy.json wants signatures, which steps do not have"
                )
                continue
            self._places.append(opened)

    def find(self, key: str, stack: Stack) -> StepResult | None:
        """Return what a step left on `stack`, its layer fetched and unpacked; None if no place has it."""
        for place in list(self._places):
            try:
                raw = place.manifest(key)
                if raw is not None:
                    return self._fetch(place, raw, key, stack)
            except PycmanError as error:
                self._places.remove(place)
                place.close()
                self._session.warnings.append(f"the cache {place.name} is not used any more: {error.describe()}")
        return None

    def _fetch(self, place: Place, raw: bytes, key: str, stack: Stack) -> StepResult | None:
        """Raises Corrupt for what is not a step; None for one that was done on other layers."""
        manifest = parse_manifest(raw, OCI_MANIFEST, subject=key)
        if not isinstance(manifest, Manifest) or manifest.config.media_type != STEP_CONFIG or len(manifest.layers) > 1:
            raise Corrupt("not a cached step", subject=key)
        document = _config(place, manifest.config)
        step = document.get("step")
        if not isinstance(step, dict) or step.get("key") != key:
            raise Corrupt("a cached step of another key", subject=key)
        created = step.get("created_at_ns")
        if not isinstance(created, int) or not 0 <= created < 1 << 63:
            raise Corrupt("a cached step without a time", subject=key)
        if step.get("parent_chain_id") != stack.chain_id:
            return None
        ids = diff_ids(document, subject=key)
        if len(ids) != len(manifest.layers):
            raise Corrupt(f"{len(manifest.layers)} layers but {len(ids)} diff ids", subject=key)
        if not ids:
            return StepResult(stack=stack, layer=None, created_at_ns=created)
        blob = manifest.layers[0]
        if not blob.media_type.startswith(_LAYERS):
            raise Corrupt(f"it has a layer that is not a tar ({blob.media_type})", subject=key)
        source = LayerSource(
            diff_id=ids[0],
            blob_digest=blob.digest,
            size_bytes=blob.size_bytes,
            media_type=blob.media_type,
            open=lambda offset=0: place.blob(blob.digest, offset),
            resumes=True,
        )
        (layer,) = store_layers(self._session, [source], self._leased, below=stack.chain_id)
        return StepResult(stack=stack.with_layer(layer), layer=layer, created_at_ns=created)

    def close(self) -> None:
        """Close the places."""
        for place in self._places:
            place.close()


def _config(place: Place, descriptor: Descriptor) -> dict[str, object]:
    """Return the config of a step, verified. Raises Corrupt."""
    if descriptor.size_bytes > _MOST_CONFIG_BYTES:
        raise Corrupt("its config is too large", subject=descriptor.digest)
    reader, data = place.blob(descriptor.digest), b""
    while len(data) <= descriptor.size_bytes and (piece := reader.read(_MOST_CONFIG_BYTES)):
        data += piece
    if digest_bytes(data) != descriptor.digest or len(data) != descriptor.size_bytes:
        raise Corrupt("the content has another digest", subject=descriptor.digest)
    document = parse_json(data, subject=descriptor.digest)
    if not isinstance(document, dict):
        raise Corrupt("not a JSON object", subject=descriptor.digest)
    return document


def export_steps(session: Session, options: BuildOptions, steps: Sequence[UsedStep], target: Stack) -> None:
    """Write the steps of a build to the places of --cache-to; those with mode=min get only steps of the target's layers.

    Raises what registries raise, and errors of the kernel.
    """
    kept = {"", *(layer.chain_id for layer in target.layers)}
    for place in options.cache_to:
        opened = open_place(session, place, options.registry, writing=True)
        try:
            for step in {each.key: each for each in steps}.values():
                if place.mode == "max" or step.result.stack.chain_id in kept:
                    _put(session, opened, step)
        finally:
            opened.close()


def _put(session: Session, place: Place, step: UsedStep) -> None:
    layer = step.result.layer
    blobs = []
    if layer is not None:
        blob = layer_blob(session, layer.chain_id)
        blobs = [
            blob.replace(media_type=layer.blob_media_type if blob.digest == layer.blob_digest else blob.media_type)
        ]
        place.put_blob(blob.digest, blob.size_bytes, lambda: open_blob(session, blob.digest))
    document = {
        "step": {
            "key": step.key,
            "parent_chain_id": step.parent_chain_id,
            "created_at_ns": step.result.created_at_ns,
        },
        "rootfs": {"type": "layers", "diff_ids": [layer.diff_id] if layer is not None else []},
    }
    config = format_json(document).encode()
    place.put_blob(digest_bytes(config), len(config), lambda: io.BytesIO(config))
    descriptor = Descriptor(media_type=STEP_CONFIG, digest=digest_bytes(config), size_bytes=len(config))
    place.put_manifest(step.key, format_manifest(OCI_MANIFEST, descriptor, blobs))
