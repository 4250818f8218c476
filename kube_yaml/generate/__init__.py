"""Kubernetes YAML of what is there (`kube generate`): objects from containers, pods and volumes, written as text."""
