"""The load generator's own process: Locust, our arrivals on top of it, and the wires to who started it.

Only `python -m loadtest.generator` imports the modules in here, because Locust replaces sockets and threads of the process that imports it.
"""
