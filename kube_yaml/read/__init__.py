"""YAML or JSON text into documents in which every field knows its line.

`documents.py` reads (bounded in size, depth and aliases), `problems.py` has what is wrong with a document as a value with file, line
and path, `names.py` names plays and objects. Of the other
folders it imports the tables of schema/ only.
"""
