"""One file a command, found by its name: `run(call)` fills specs, calls the engine, prints, and returns the exit status."""
