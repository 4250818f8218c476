"""The docker and podman command line: turns flags into specs, calls the engine, and prints what it returns.

    argv ──▶ main.py ──▶ actions/X.py ──▶ specs/ ──▶ engine, pods, kube_yaml, cri_server
              │ table.py     run(call)                              │
              │ parse.py         │                                  │
    status ◀──┴── exit_status.py ◀──── output/, gotemplate/ ◀───────┘

In reading order:

    main.py        argv → row of the table → action → errors and exit status
    parse.py       Go's flag rules (pflag), driven by the table
    call.py        what an action gets: flags, arguments, the engine, where to print
    habits.py      the one table of what differs between docker's and podman's habits
    actions/       one command a file: `run(call) -> int`
    targets.py     which containers or pods a command line means, and one verb for each of them
    specs/         flag values → the engine's spec values
    output/        tables, formats, sizes, times, progress
    gotemplate/    Go templates, for --format
    quadlet/       Quadlet files → systemd services that call these commands; pycman-system-generator
    systemd.py     systemctl: units and their states
    terminal.py    raw mode, window size, signals; attach_session.py what run, start, exec and attach share
    global_flags.py, unsupported_commands.py    what docker and podman have and pycman does not
    describe/      every command and flag once, for Typer; generate.py makes table.py, help_texts.py and completions/ of it

Hot commands import neither Typer nor anything else that costs more than a millisecond or two; tests/unit/test_layers.py
compares what they load with a list of expensive modules.
"""
