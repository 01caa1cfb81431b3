"""Sessions of PostgreSQL: opened, lent, limited in time, and what their errors mean.

- `session`: a session that waits no longer than it may
- `batch`: statements that are sent together, and waited for once
- `ping`: whether a server listens, and takes sessions yet
- `pool`: the application's sessions, lent one by one
- `replica`: questions answered from standbys, each by one that has what was written
- `owner`: sessions of the login that owns the tables
- `binding`: whether row-level security binds a login
- `transactions`: what a transaction sets before its first statement
- `allowance`: how long a question or an ingest may wait for PostgreSQL
- `faults`: errors of PostgreSQL as errors of ours
- `blockers`: who holds the locks that are waited for
"""
