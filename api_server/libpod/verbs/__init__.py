"""What workers do for podman's API: one function for each endpoint, from a `Call` to an `Answer`, as in api_server/verbs.

entry.py      names → functions, each module imported when it is asked for
internal.py   what streams/ asks workers for
"""
