"""Actions of `pycman network …`: one file a command, named for it."""
