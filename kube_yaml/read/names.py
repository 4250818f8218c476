"""What a play is called."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from kube_yaml.read.documents import Document


def play_name(documents: Sequence[Document]) -> str:
    """Return what a play is called unless the user says: the first file's name without its ending."""
    file = documents[0].file if documents else "-"
    return os.path.basename(file).rpartition(".")[0] or os.path.basename(file)
