"""The docker and podman command line: flags into specs, results into text. It calls only `pycman.engine` and value types.

    describe/   every command and flag once, for Typer        generate.py  from that: table.py, help_texts.py, completions/
    main.py     argv → table row → action → errors, status    parse.py     Go's flag rules (pflag), with the table
    call.py     what an action gets                           actions/     one verb a file: `run(call) -> int`
    specs/      words of flags → values                       output/      tables, formats, sizes, times, progress
    gotemplate/ --format                                      terminal.py  raw mode, window size, signals

Hot commands import neither Typer nor anything else that costs more than a millisecond or two; a test compares what they do
import with a checked-in list.
"""
