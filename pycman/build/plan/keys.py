"""Cache keys: what a step's result depends on, in one hash.

The key of a step is made of its parent's key, its inputs (the instruction after expansion, the environment) and the
digests of the content that it reads. Steps that change no file have no inputs: they have their parent's key, so a LABEL
spoils no cache. No value of a secret is an input; the id of a secret is.
"""

from __future__ import annotations

from pycman.digest import digest_bytes, hex_of
from pycman.jsontext import format_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pycman.build.plan.values import BuildStep

_VERSION = "1"
"""To be raised when the meaning of an input changes, so that no old result is taken for a new one."""


def base_key(kind: str, identity: str, platform: str) -> str:
    """Return the key of what a stage begins with: kind of the origin, and an id or digest of its content."""
    return _hash(["base", _VERSION, kind, identity, platform])


def step_key(parent_key: str, step: BuildStep, digests: Mapping[str, str]) -> str:
    """Return 64 hexadecimal digits.

    `digests` has a digest for each content that the step reads: "source:0", … for a CopyStep, "mount:TARGET" for mounts
    that have an origin. A step without inputs has its parent's key.
    """
    if not step.inputs:
        return parent_key
    return _hash(["step", _VERSION, parent_key, *all_inputs(step, digests)])


def all_inputs(step: BuildStep, digests: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return inputs and digests as names and values: what `explain` compares."""
    return [*step.inputs, *sorted(digests.items())]


def _hash(parts: Iterable[object]) -> str:
    text = format_json([list(part) if isinstance(part, tuple) else part for part in parts])
    return hex_of(digest_bytes(text.encode("utf-8", "surrogateescape")))
