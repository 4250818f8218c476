"""Check documents before anything is created, and raise every problem at once, each with its file, line and path.

check_all.py ─▶ fields.py (each field against the tables of schema/; kinds.py: which documents count) ─▶ rules.py (several fields together)
             ─▶ references.py (config maps and secrets that pods name: in the documents or in the database?)
"""
