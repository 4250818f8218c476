"""`image tree`: an image's layers, or the images built on it, as podman draws them."""

from __future__ import annotations

from pycman.images.catalogue import get_image, layers_of
from pycman.images.make.history import layer_sizes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.state.session import Session

_UNITS = ("B", "kB", "MB", "GB", "TB", "PB")
_Node = tuple[str, "list[_Node]"]


def image_tree(session: Session, name: str, *, what_requires: bool = False) -> str:
    """Return the tree as text without a final newline; `what_requires` shows the images built on it.

    Raises NotFound.
    """
    image = get_image(session, name)
    head = [
        f"Image ID: {image.id[:12]}",
        f"Tags:     [{' '.join(image.names)}]",
        f"Size:     {format_size(image.size_bytes)}",
    ]
    layers = layers_of(session, image.id)
    if not layers:
        return "\n".join([*head, "No Image Layers"])
    if what_requires:
        top = layers[-1].chain_id
        nodes = [_node(session, top, _size(session, top), _above(session, top))]
    else:
        sizes = layer_sizes(session, image.id)
        nodes = [_node(session, layer.chain_id, size, []) for layer, size in zip(layers, sizes, strict=True)]
    return "\n".join([*head, "Image Layers", *_draw(nodes, "")])


def format_size(size_bytes: float) -> str:
    """Return a size with four significant digits and decimal units: "3.672MB"."""
    value = float(size_bytes)
    unit = 0
    while value >= 1000 and unit < len(_UNITS) - 1:
        value /= 1000
        unit += 1
    return f"{value:.4g}{_UNITS[unit]}"


def _size(session: Session, chain_id: str) -> int:
    return int(session.db.value("SELECT MAX(size_bytes) FROM layers WHERE chain_id = ?", (chain_id,)) or 0)


def _node(session: Session, chain_id: str, size: int, below: list[_Node]) -> _Node:
    text = f"ID: {chain_id.rpartition(':')[2][:12]} Size: {format_size(size):>7}"
    names = _top_layer_of(session, chain_id)
    return (f"{text} Top Layer of: [{' '.join(names)}]" if names else text), below


def _top_layer_of(session: Session, chain_id: str) -> list[str]:
    rows = session.db.rows(
        "SELECT name FROM image_names JOIN image_layers l USING (image_id) WHERE chain_id = ? AND NOT EXISTS"
        " (SELECT 1 FROM image_layers u WHERE u.image_id = l.image_id AND u.position > l.position) ORDER BY name",
        (chain_id,),
    )
    return [row["name"] for row in rows]


def _above(session: Session, chain_id: str) -> list[_Node]:
    """Return the layers of other images that are directly on a layer, as trees."""
    rows = session.db.rows(
        "SELECT DISTINCT upper.chain_id FROM image_layers lower JOIN image_layers upper"
        " ON upper.image_id = lower.image_id AND upper.position = lower.position + 1 WHERE lower.chain_id = ?",
        (chain_id,),
    )
    above = [row["chain_id"] for row in rows]
    return [_node(session, upper, _size(session, upper), _above(session, upper)) for upper in above]


def _draw(nodes: list[_Node], indent: str) -> list[str]:
    lines = []
    for number, (text, below) in enumerate(nodes):
        last = number == len(nodes) - 1
        lines.append(f"{indent}{'└── ' if last else '├── '}{text}")
        lines += _draw(below, indent + ("    " if last else "│   "))
    return lines
