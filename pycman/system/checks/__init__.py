"""The checks of `pycman doctor`: functions from a session to an outcome (outcome.py), listed in each file's CHECKS.

    host.py        the kernel and what this user may do
    components.py  the programs pycman runs, and its configuration files
    store.py       the store's file system, database and layers; FIXES for what `doctor --fix` can fix

A check's id is stable, because scripts read it; its `found` is what was observed, `cause` what follows from that, `fix` a command
or setting that helps.
"""
