"""Files of settings, each parsed into a Record: containers.conf, registries.conf, storage.conf, policy.json, auth.json.

Parsing is cold (tomllib); `state/settings.py` keeps the parsed values below the run root until a file changes.
"""
