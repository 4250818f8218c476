"""Messages of the CRI, as JSON-shaped dictionaries, into the engine's specs. Pure."""
