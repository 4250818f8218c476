"""What workers do for the server: one function for each endpoint, from a `Call` to an `Answer`, by the engine's verbs.

    worker_entry.py   names → functions;  call.py  a request with the engine, and the answer;  piped_output.py  bodies as they come
    system.py  containers.py  files.py  execs.py  images.py  transfer.py  build.py  networks.py  volumes.py  secrets.py

They translate (translate/) and call; what docker does and the engine does not is in neither.
"""
