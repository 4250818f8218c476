"""Every kind and field of Kubernetes YAML, and what pycman does with it: tables of text, one line a field.

    NAME [!]  SUPPORT  TYPE  [NOTE]

`!` marks a required field. SUPPORT is Y (supported), L (not supported yet: an error), R (refused: an error), A (accepted: no effect on
a single host). TYPE is a name of `types.py` (string, int, port, quantity, …), one of the choices in `a|b|c`, another table
(Container), `[TYPE]` a list, `{TYPE}` a mapping of strings, `{TYPE:TYPE}` one whose keys have a type too. The note says why a field is not
supported and what to use instead, or what it becomes.

meta.py, pods.py, containers.py, volumes.py, configs.py, services.py and workloads.py have the tables, types.py checks values.
`check/fields.py` reads the tables; docs/kubernetes.md is generated from them.
"""

from __future__ import annotations

from kube_yaml.schema import configs, containers, meta, pods, services, volumes, workloads
from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


class Field(Record):
    """One field of a table. `support` is Y, L, R or A, `type` as the table writes it."""

    name: str
    support: str
    type: str
    required: bool = False
    note: str = ""


Table = dict[str, Field]


def read_tables(text: str) -> dict[str, Table]:
    """Return the tables in `text` by name: a line without leading blanks starts a table, the indented lines after it are its fields."""
    tables: dict[str, Table] = {}
    current: Table = {}
    for line in text.splitlines():
        if not line.strip():
            continue
        if not line.startswith(" "):
            current = tables.setdefault(line.strip().rstrip(":"), {})
            continue
        names, support, type_, *note = line.split(None, 3)
        for name in names.replace("!", "").split(","):
            current[name] = Field(
                name=name, support=support, type=type_, required="!" in names, note=note[0] if note else ""
            )
    return tables


def all_tables() -> Mapping[str, Table]:
    """Return every table of every module here by name."""
    tables: dict[str, Table] = {}
    for module in (meta, pods, containers, volumes, configs, services, workloads):
        tables |= read_tables(module.TABLES)
    return tables
