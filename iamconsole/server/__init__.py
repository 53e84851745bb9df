"""The web server's own part: what strangers can send, how slowly, and how much of it.

gunicorn keeps the processes (start, restart, graceful stop), waitress reads requests and writes answers in
one loop per process, so that a thread is only ever given a request that is complete. What both lack is
here: time limits, limits of size by address, and room for the next client when somebody holds too many
connections. Why these two: docs/decisions.md.
"""
