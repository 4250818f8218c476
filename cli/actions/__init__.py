"""The commands, one file each: `run(call)` fills a spec, calls the engine, prints, and returns the exit status.

    cli/main.py finds the file by the command's name:   "ps"          actions/ps.py
                                                        "network ls"  actions/network/ls.py
                                                        "__complete"  actions/hidden/complete.py   (called by programs, not users)

An action parses with `cli/specs`, finds its objects with `cli/targets.py` and prints with `cli/output`. It raises kinds of
`pycman/errors.py`; only commands that take several objects print errors themselves (`cli.main.fail_softly`).
"""
