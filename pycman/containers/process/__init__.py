"""Processes of a running container: start another one, signal and list them, read what they wrote.

    exec.py      run a command in it                         logs.py      read and follow its log file
    kill_all.py  SIGKILL for all of them, thaw frozen ones   log_tail.py  its last lines
    signals.py   signals by name and number                  top.py       list its processes

It may import bundle/ (users, namespaces and mounts of an exec) and the nouns.
"""
