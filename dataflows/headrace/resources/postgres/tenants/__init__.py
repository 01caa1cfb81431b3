"""Logins of PostgreSQL that see one tenant, for those who write SQL themselves.

- `logins`: making, listing and dropping them
- `tokens`: tokens of the HTTP service, each for one tenant
- `views`: what such a login sees and may change
- `rights`: what every login may do, and what of it is taken away
- `blockers`: what others do who would wait for such a login
"""
