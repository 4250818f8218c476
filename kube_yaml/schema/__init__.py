"""Every kind and field of Kubernetes YAML, and what pycman does with it: tables of text, one line a field.

    NAME [!] [?]  SUPPORT  TYPE  [NOTE]

`!` marks a required field, `?` one whose 0 means that it is not said (`unsaid.py`). SUPPORT is Y (supported), L (not supported yet: an
error), R (refused: an error), A (accepted: no effect on a single host; without a note if it has the first choice of its type, what a
cluster fills in), S (set by a cluster: left out in silence). TYPE is a name of `types.py` (string, int, port, quantity, …), one of the choices in `a|b|c`, another table
(Container), `[TYPE]` a list, `{TYPE}` a mapping of strings, `{TYPE:TYPE}` one whose keys have a type too. The note says why a field is not
supported and what to use instead, or what it becomes.

meta.py, pods.py, containers.py, volumes.py, configs.py, services.py and workloads.py have the tables, types.py checks values,
unsaid.py leaves out what is null or empty. `read/` and `check/fields.py` read the tables; docs/kubernetes.md is generated from them.
"""

from __future__ import annotations

from kube_yaml.schema import configs, containers, meta, pods, services, volumes, workloads
from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


class Field(Record):
    """One field of a table. `support` is Y, L, R, A or S, `type` as the table writes it."""

    name: str
    support: str
    type: str
    required: bool = False
    zero_is_unsaid: bool = False
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
        for name in names.replace("!", "").replace("?", "").split(","):
            current[name] = Field(
                name=name,
                support=support,
                type=type_,
                required="!" in names,
                zero_is_unsaid="?" in names,
                note=note[0] if note else "",
            )
    return tables


_TABLES: dict[str, Table] = {}


def all_tables() -> Mapping[str, Table]:
    """Return every table of every module here by name; they are read once in a process."""
    if not _TABLES:
        for module in (meta, pods, containers, volumes, configs, services, workloads):
            _TABLES.update(read_tables(module.TABLES))
    return _TABLES
