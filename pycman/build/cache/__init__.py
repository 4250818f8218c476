"""The cache of builds: finished steps as rows of the table `build_steps`, and directories of RUN --mount=type=cache.

    steps.py        find and record a step by its key; a step's layers are kept as long as its row is there
    mounts.py       directories of cache mounts: shared, private or locked
    prune.py        remove rows and directories by age, use and size;  usage.py  what they take
    limit.py        the limit that every build keeps

A row says what its key was made of (`inputs`), so that a build can say why a step was not found. May import plan/ of
this room, storage, state and what is below them.
"""
