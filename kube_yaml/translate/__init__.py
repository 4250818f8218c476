"""Kubernetes objects into specs of the engine: workloads into pods, pods into container specs. Pure: no disk, no database.

workloads.py ─▶ pod.py ─▶ containers.py ─▶ env.py, probes.py, security.py, volumes.py, files.py
            ├─▶ services.py
            └─▶ claims.py ─▶ persistent_volumes.py

`plans.py` has the results (Play, PodPlan, ContainerPlan, …), `play_options.py` the flags of `kube play`, `sources.py` the config maps
and secrets that env.py and files.py read, `annotations.py` podman's annotations, `pull_policy.py` and `pull_secrets.py` the pulls.
"""
