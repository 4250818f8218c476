"""Subcommands of `kube`: play, take down and generate Kubernetes YAML."""
