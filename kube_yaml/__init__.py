"""Kubernetes YAML: read, check, play, take down and generate. To come."""
