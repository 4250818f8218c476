"""Names in the engine: of a play, by which `kube down` finds it, and of objects in namespaces."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from kube_yaml.read.documents import Document


def play_name(documents: Sequence[Document]) -> str:
    """Return the name of a play for which --name gives none: that of the first file, without directory and extension."""
    file = documents[0].file if documents else "-"
    return os.path.basename(file).rpartition(".")[0] or os.path.basename(file)


def in_namespace(namespace: str, name: str) -> str:
    """Return the name of an object in the engine: NAMESPACE-NAME, or only its name in the namespace default."""
    return name if namespace in ("", "default") else f"{namespace}-{name}"
