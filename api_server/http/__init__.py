"""HTTP/1.1 for one client: `connection.py` reads requests and writes answers (h11), `request.py` is a request as a value,
`limits.py` what a client may take, `tls.py` encryption for clients that come by TCP.
"""
