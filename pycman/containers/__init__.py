"""Containers: the only room that joins images, networks, volumes and the runtime. One verb a file, one concern a folder.

The life of a container is read from its row (`states.py` computes the state, nothing stores it):

    create/     row "creating" with name and id; directories and anonymous volumes made; row "ready"      → created
    start/      root mounted (mounts/), bundle written (bundle/), network reserved (networks/),
                conmon and the OCI runtime's create; pid in the row                                       → initialized
                the runtime's start; started_at in the row                                                → running
    (it exits)  conmon writes the exit status, then runs `container cleanup`
    cleanup/    how it ended goes into the row; runtime state, mounts, network and bundle are given back  → exited
    end/        restart policy, --rm, what it means for a pod; stop, kill, remove
                remove: row "removing"; directories and volumes go; row gone

A folder imports only from folders above its own in this list; no two files import each other:

    container catalogue filters states users    the nouns: a row as a value, found and filtered; its state; users of images
    networks/   mounts/                         what a start reserves and mounts, as steps that can be undone
    bundle/                                     from spec and rows to the runtime's config.json
    process/                                    exec, logs, top, signals
    cleanup/    hooks/    inspect/              after the exit; probes and lifecycle hooks; what `inspect` and `stats` show
    diagnose/                                   why a container did not start
    start/                                      everything up to a running process
    end/                                        everything after it
    attach/     change/    checks/              stay with a container; alter it; health checks and probes
    create/     files/                          make a container (and `run` it); its files: cp, diff, export, commit, mount

Each step can be killed: `end/recover.py` finishes or undoes what a dead command left, with the same functions.
"""
