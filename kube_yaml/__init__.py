"""Kubernetes YAML (`kube play`, `kube down`, `kube generate`): a package that translates manifests into the engine's specs and verbs.

    YAML ─ read/ ─▶ Documents ─ check/ (tables of schema/) ─▶ checked Documents ─ translate/ ─▶ Play ─ play/ ─▶ pods, volumes, …
    YAML ◀─────────────────────────── generate/ ◀──────────────────────────── specs of containers, pods and volumes

`api.py` has the verbs for callers (`KubeYaml(engine)`). Folders in reading order, each importing only those before it:

    schema/      which kinds and fields exist, and what pycman does with each: tables, one line a field
    read/        text into documents that know the line of every field, without what is not said; problems as values
    translate/   documents into specs of pods, containers, volumes and services. Pure
    check/       fields against the tables, rules over several fields, references: every problem at once
    play/        a Play compared with the database and carried out; taken down; Jobs
    generate/    the way back: containers, pods and volumes into YAML

`quantity.py` reads and writes 500m and 1.5Gi. `document_support.py` writes docs/kubernetes.md from the tables of schema/.
"""
