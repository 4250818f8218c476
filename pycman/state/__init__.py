"""State that survives crashes: one SQLite file for each user; locks, and what must not outlive a boot, below the run root.

    session.py     one command's open view: options, user, paths, database, locks, warnings. Every verb of the engine takes it first
    paths.py       every path below root and run root
    database.py    SQLite: migrations/, short transactions; reserve.py and log_index.py keep disk space for removals
    locks.py       one lock for each object, and the order in which they are taken
    owners.py      which process is changing a row, and whether it has died
    leases.py      which blobs, layers and images a running operation needs
    events.py      what happened, with why a container ended
    boot_cache.py  facts computed once a boot;  settings.py  settings files read once a command
    matching.py    filters of listings;  times.py  durations and moments as users write them

A row is written before the thing that it describes exists, and removed after it:

    "creating" ──▶ the thing is made, fsync, rename ──▶ "ready" ──▶ "removing" ──▶ the thing is removed ──▶ no row

If the owner of a row that is "creating" or "removing" has died, the recovery of that noun finishes or undoes its work.
"""
