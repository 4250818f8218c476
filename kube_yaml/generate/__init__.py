"""Kubernetes YAML of existing containers, pods and volumes (`kube generate`).

objects.py (which objects: Pod, Deployment, …, Service, PersistentVolumeClaim) ─▶ describe.py (a container, a PodSpec) ─▶ write.py (text)
                                                                                         └─ dropped.py (what has no field)
"""
