"""Pods: containers that share namespaces and a parent cgroup, and are started, stopped and removed together.

A pod is a row; its members, the infra container among them, are ordinary containers that have its id:

    row in `pods` ──┬── infra container   keeps the shared namespaces and the network open (catatonit -P; pinned: no process)
                    ├── init containers   run to their end one after the other before the others start
                    ├── sidecars          init containers that keep running
                    └── the others        started and stopped side by side

    create   row "creating" → infra container → volumes → row "ready"
    start    infra container → init containers → the others, those whose namespaces others use first
    stop     the other way round
    remove   row "removing" → members → infra container → cgroup, files, row

In reading order:

    catalogue.py        pods by name, id and filter; state.py computes a pod's state from its members'
    infra.py            the infra container's spec and root file system; volumes.py  the pod's own directories
    members.py          what being in a pod changes in a container's spec
    create.py  start.py  stop.py  signals.py  remove.py  prune.py  clone.py    the verbs
    on_members.py  side_by_side.py                         one verb on several members at once
    inspect.py  logs_and_stats.py                          what users see of a pod
    recover.py          finish or undo what a killed command left
    boot.py             what starts with the host, in the order of what it needs (containers without a pod, too)
    api.py              all verbs for a caller: Pods(engine)

The command line, Kubernetes YAML and the CRI server all make pods here, so that each sees what the others made. This package
imports `pycman` and nothing else.
"""
