"""A command in a folder of its own, run by a process that outlives page, browser and server.

Imports nothing but the standard library: `worker` is started anew for every command.
"""
