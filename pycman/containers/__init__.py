"""Containers: the only room that uses images, volumes, networks and the OCI runtime together.

One verb a file, one concern a folder. It owns the tables `containers`, `container_volumes`, `container_needs`,
`probes`, `health_log`, `exec_sessions`, `checkpoints` and `id_ranges`, and one directory a container below the root (writable layer,
log) and below the run root (bundle). A container's life is in its row; its state is stored nowhere, `states.py`
computes it from the row and /proc:

    create/     row "creating" with name and id; directories and anonymous volumes; row "ready"            → created
    start/      addresses and ports reserved (networks/), root and volumes mounted (mounts/),
                bundle written (bundle/), conmon with the OCI runtime's create; pid into the row           → initialized
                the runtime's start; started_at_ns into the row                                            → running
    (it exits)  conmon writes the exit status, then runs `container cleanup`
    cleanup/    exit status into the row; runtime state, mounts, network and bundle released               → exited
    end/        restart policy, --rm, the end of its pod; stop, kill, remove
                remove: row "removing"; directories and volumes removed; row deleted

Read in this order. A folder imports only from folders above its own, and from the rooms below this one (images,
volumes, secrets, storage, registry, network, runtime, state, linux, config, spec); no two files import each other:

    container states filters catalogue          the nouns: a row as a value, its state, filters, lookup by name
    run_end restart_policy deadline             the end of a run before it is recorded, when it restarts, how long a pod may run
    dumps                                       which run ended in a checkpoint
    users check_spec events engine_command      users of images; what a spec may not say; events; pycman in another process
    networks/   mounts/                         what a start reserves and mounts, as steps that can be undone
    bundle/                                     from spec and row to the runtime's config.json
    process/                                    exec, logs, top
    cleanup/    hooks/                          release what an exited container used; handlers of probes and hooks
    inspect/    diagnose/                       what `inspect`, `stats` and `port` show; why a container did not start
    start/                                      everything up to a running process
    end/                                        everything from its exit on, and the verbs that end it
    attach/     change/    checks/              stay attached; rename, limit, connect, pause; health checks and probes
    create/     files/                          create (and `run`); its files: cp, diff, export, commit, mount
    checkpoint/                                 its processes written to the disk and restored; podman's archives of that

A command can be killed between any two steps: `end/recover.py` finishes or undoes its work with the same functions.
"""
