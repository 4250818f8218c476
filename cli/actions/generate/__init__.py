"""Subcommands of `generate`: systemd units; `generate kube` is `kube generate`."""
