"""YAML or JSON text into documents in which every field knows its line; problems are values with file, line and path."""
