"""GitHub's REST API on loopback for one run: it remembers what it is told and tells every change that was asked for.

A request goes through ``server`` (bytes), ``routing`` (which route, may the job's token do it), a module of
``resources`` (the change or the answer), and, when it changes something, ``effects`` (what is told to the run).
"""
