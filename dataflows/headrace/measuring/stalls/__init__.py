"""Kills and stalls of PostgreSQL under load, and every call: `run.py bench --stalls`.

run.py        the run: troubles one after the other, and its report
troubles.py   what is done to PostgreSQL: kills, locks, halts, a cut network
proxy.py      the network before PostgreSQL, which can be cut
work.py       the process with 16 threads that write and ask
history.py    the states that each document may have had, and when
answers.py    whether what a question returns was stored, and is the tenant's own
calls.py      what became of each call, and whether that is right

Documents, operations and the check of what is stored are those of `measuring/kills`.
"""
