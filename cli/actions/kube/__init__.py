"""Actions of `pycman kube …`: one file a command, named for it."""
