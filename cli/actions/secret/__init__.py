"""Actions of `pycman secret …`: one file a command, named for it."""
