"""Subcommands of `cri`: the CRI server for a kubelet."""
