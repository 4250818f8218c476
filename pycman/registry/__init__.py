"""The wire: the distribution spec over HTTP, and who is allowed to.

endpoints.py    a reference and registries.conf → which hosts to ask, in order (pure)
auth.py         a challenge → what to fetch or send next (pure)
credentials.py  auth.json, docker's config.json and credential helpers
client.py       manifests, blobs and tags of one registry
upload.py       a blob on its way there, gone on with after a break
blob_reader.py  a blob on its way here, gone on with after a break
transport.py    one exchange: retries, redirects, plain HTTP where it is allowed
connections.py  pools, direct and through proxies.py, with the authorities of certificates.py
failures.py     an answer or a broken connection → one kind and one line (pure)
login.py        check and keep credentials, forget them
"""
