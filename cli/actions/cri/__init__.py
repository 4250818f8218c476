"""Actions of `pycman cri …`: one file a command, named for it."""
