"""Actions of `pycman image …`: one file a command, named for it."""
