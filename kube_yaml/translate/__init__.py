"""Kubernetes' objects into the engine's words: workloads into pods (`plans.py` has the values), pods into container specs. Pure.

workloads.py ─▶ pod.py ─▶ containers.py ─▶ env.py, probes.py, security.py, volumes.py, files.py
services.py, annotations.py, pull_policy.py, pull_secrets.py
"""
