"""Actions of `pycman pod …`: one file a command, named for it."""
