"""Go templates, as far as `--format` needs them: text → tokens → tree → output. Pure, and free of expensive imports.

    "{{.ID}}" ── tokens.py ──▶ tokens ── parse.py ──▶ tree ── evaluate.py (with a value) ──▶ text
                                                                  │ uses
                        functions.py: Go's functions, and docker's and podman's ── printing.py: values as Go prints them

Values are those of JSON, plus `Fields`: a dictionary that, like a Go struct, has no other fields. A missing key of a plain
dictionary (a Go map) prints "<no value>". Sources: the documentation of Go's text/template, docker's and podman's
manuals on formatting.
"""
