"""The wire: the distribution spec over HTTP, and who is allowed to.

endpoints.py    a reference and registries.conf → which hosts to ask, in order (pure)
auth.py         a challenge → what to fetch or send next (pure)
credentials.py  auth.json, docker's config.json and credential helpers
client.py       manifests, blobs and uploads of one registry, with retries and one clear line for each failure
login.py        check and keep credentials, forget them
"""
