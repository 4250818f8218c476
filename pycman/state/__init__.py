"""State that survives anything: one SQLite file a user, locks and what must not outlive a boot below the run root.

A `Session` is one command's open view of it: paths, database, locks, options. Every verb of the engine takes the session
first. A row is written before the thing it describes exists ("creating"), marked "ready" after fsync and rename, and
"removing" before the thing goes; `owners` tells whether whoever was at it is gone, and the noun's own recovery finishes
or undoes it.
"""
