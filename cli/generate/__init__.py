"""Generate files from `cli/describe/`: the table of flags, help texts, completion, manual pages and the reference.

cli/describe/*.py ──read──▶ Verb, Flag, Argument ──┬─▶ cli/table.py, completion_kinds.py,      (tables)
                                                       │   unsupported_flags.py
                                                   ├─▶ cli/help_texts.py                       (help_texts)
                                                   ├─▶ completions/                            (cli/completion_scripts.py)
                                                   ├─▶ docs/man/*.1                            (manual)
                                                   ├─▶ docs/reference/*.md                     (reference)
                                                   └─▶ docs/compatibility.md                   (compatibility)
"""

from __future__ import annotations
