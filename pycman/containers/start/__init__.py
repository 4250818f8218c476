"""Start a container: mounts, bundle, network, conmon with the runtime's create, then the runtime's start.

start.py ─▶ initialize.py ─▶ steps.py, mounts/steps.py, networks/steps.py, pinned_sandbox.py   up to the runtime's create
         └▶ run_process.py                                                                    the runtime's start
failure.py   a start that failed: why, in the row and the events
"""
