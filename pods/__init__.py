"""Pods: containers that share namespaces and a parent cgroup, started, stopped and removed together.

    infra.py      the sandbox: a container that does nothing (catatonit -P) but hold namespaces and network
    members.py    what being in a pod changes in a container's spec
    catalogue.py  pods by name, id and filter; their state follows from their members'
    create.py  life.py  remove.py  clone.py  inspect.py  look.py     the verbs
    recover.py    finishes or undoes what a killed command left
    face.py       all of them for a caller: Pods(engine)

A pod is a row; its members, the infra container among them, are ordinary containers with its id. All three doors (command
line, Kubernetes YAML, CRI) make pods here, so that each sees what the others made.
"""
