"""Actions of `pycman container …`: one file a command, named for it."""
