"""The engine's names for sandboxes and containers of a kubelet.

What identifies them is their metadata, which the database keeps unique; the name is what `ps` shows. Pure.
"""

from __future__ import annotations

import hashlib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

_LONGEST = 128
_DIGEST_LETTERS = 12


def visible_name(parts: Iterable[object]) -> str:
    """Return k8s_PART_PART…; two lists of parts never have the same name.

    Where it would be longer than 128 letters, or a part has letters that a name cannot have, it ends with a digest of the parts.
    """
    texts = [str(part) for part in parts]
    exact = "_".join(("k8s", *texts))
    name = "_".join(("k8s", *("".join(_safe(letter) for letter in text) for text in texts)))
    if name == exact and len(name) <= _LONGEST:
        return name
    digest = hashlib.sha256("\0".join(texts).encode("utf-8", "surrogatepass")).hexdigest()[:_DIGEST_LETTERS]
    return f"{name[: _LONGEST - _DIGEST_LETTERS - 1]}_{digest}"


def _safe(letter: str) -> str:
    return letter if (letter.isascii() and letter.isalnum()) or letter in "-." else "-"
