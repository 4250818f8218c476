"""The name of a play, by which `kube down` finds it."""

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
