"""What the command line prints: results as tables, templates or JSON, progress, questions before a prune.

    listing.py     one listing: default table, `table` template, template, json or --quiet; inspected objects
    table.py       columns as Go's tabwriter lays them out
    words.py       sizes, durations, times, short ids and names, as docker prints them
    podman.py      rows in podman's shape of `--format json`
    events.py      events in docker's shape and line
    log_lines.py   log lines of containers, each to the stream it was written to
    progress.py    bars or lines while layers are pulled and pushed
    prune.py       the question before a prune, and what was removed
    files.py       archives to and from files, standard output and standard input

It imports values of the engine and `cli/gotemplate` (only for templates), never a verb.
"""
