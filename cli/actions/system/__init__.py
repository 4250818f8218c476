"""Actions of `pycman system …`: one file a command, named for it."""
