"""JSON of docker's API to the engine's specs and back. Pure: nothing is read, started or asked."""
