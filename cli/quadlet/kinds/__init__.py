"""One kind of Quadlet file each: `write(task)` adds the commands to the service. `shared.py` is what several of them have."""
