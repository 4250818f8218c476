"""Containers: the only room that joins images, networks, volumes and the runtime. One verb a file.

The life of a container, told by its row (`life.py` computes the state, nothing stores it):

    create      row "creating" with name and id; directories and anonymous volumes made; row "ready"     → created
    init        root file system mounted, bundle written, conmon and the OCI runtime's create; pid in row → initialized
    start       the runtime's start; started_at in row                                                    → running
    (it ends)   conmon writes the exit status, then runs `container cleanup`: the runtime's delete,
                unmount, finished_at and why in row; restart policy; --rm                                 → exited
    remove      row "removing"; whatever it has goes; row gone

Each step can be killed: `recover.py` finishes or undoes what a dead command left, with the same functions.
"""
