"""containerd's shims as runtimes of containers (runtime v2; versions 2 and 3 of the task service). Linux, root.

    command ──▶ monitor (one a container) ──▶ shim (one a container, or a pod) ──▶ the container
       │             │  ◀── Wait, events ──────────┤
       └── one request each: Start, Kill, Pause, Update, Delete ──▶

    shim_runtime.py      the verbs of a container's runtime (`ContainerRuntime`) as requests
    task_client.py       a connection to a shim: requests, answers, errors
    ttrpc.py             frames;  protobuf.py  messages;  messages.py  their fields: all three pure
    options.py           what Create is told, by kind of shim
    start_shim.py        the shim's own commands: start, delete
    start_monitor.py     the starter's side of a monitor;  shim_program.py  how such processes are run
    monitor_process.py   the monitor's life;  container_streams.py  its poll loop;  log_writer.py, journal.py, events.py
    end_of_run.py        exit file and exit command;  publish.py  events of shims that send them by running a program
    exec_command.py      one process of `exec`, as a program that behaves as an OCI runtime's exec

A shim keeps the container's streams as fifos in the bundle, so a monitor that was killed can be started again. A shim that was killed
leaves a container that nobody controls: its monitor has it killed by the shim's own `delete`.
"""
