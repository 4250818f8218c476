"""What every kind and field is, and what pycman does with it: tables of text, one line a field.

    NAME [!]  SUPPORT  TYPE  [NOTE]

`!` marks a required field. SUPPORT is Y (done), L (later: an error until then), R (refused), A (accepted: it means nothing on
one host). TYPE is a name of `types.py` (string, int, port, quantity, …), one of the choices in `a|b|c`, another table
(Container), `[TYPE]` a list, `{TYPE}` a mapping of texts, `{TYPE:TYPE}` one whose keys have a type too. The note says why not, or what it becomes.
"""

from __future__ import annotations

from kube_yaml.schema import configs, containers, meta, pods, services, volumes, workloads
from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


class Field(Record):
    """One field of a table."""

    name: str
    support: str
    type: str
    required: bool = False
    note: str = ""


Table = dict[str, Field]


def read_tables(text: str) -> dict[str, Table]:
    """Return the tables of a text: a line without leading blanks names one, those after it are its fields."""
    found: dict[str, Table] = {}
    current: Table = {}
    for line in text.splitlines():
        if not line.strip():
            continue
        if not line.startswith(" "):
            current = found.setdefault(line.strip().rstrip(":"), {})
            continue
        name, support, type_, *note = line.split(None, 3)
        for each in name.replace("!", "").split(","):
            current[each] = Field(
                name=each, support=support, type=type_, required="!" in name, note=note[0] if note else ""
            )
    return found


def all_tables() -> Mapping[str, Table]:
    """Return every table by name."""
    found: dict[str, Table] = {}
    for module in (meta, pods, containers, volumes, configs, services, workloads):
        found |= read_tables(module.TABLES)
    return found
