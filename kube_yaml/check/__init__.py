"""Check documents before anything is made: fields against the tables of schema/, rules over several fields, references.

`check_all.py` runs all of it and raises every problem at once, each with its file and line.
"""
