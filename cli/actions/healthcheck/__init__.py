"""Actions of `pycman healthcheck …`: one file a command, named for it."""
