"""Runs inside the target's interpreter, started by `awaitify verify`: standard library only, Python 3.8 and newer.

Nothing here raises into the target or changes what it does; it writes down what it sees, one JSON line a request.
"""
