"""Actions of `pycman volume …`: one file a command, named for it."""
