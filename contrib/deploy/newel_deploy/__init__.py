"""Puts a version of Newel on a server over SSH, and takes it back when it does not answer.

Python's standard library and the OpenSSH client only. ``far`` is sent along and runs on the server.
"""
