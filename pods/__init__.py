"""Pods: a sandbox, its shared namespaces, its members. To come."""
