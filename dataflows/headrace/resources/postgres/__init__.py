"""PostgreSQL: the statements of `sql/`, each run for one tenant.

- `opening`: `open_database`, and what can go wrong there
- `database`: the open database, and what is done with it as a whole
- `tenant_database`: the database bound to one tenant, and its transactions
- `sessions/`: sessions, lent and limited in time, and what their errors mean
- `access`: what the login may do, and what lies between it and the server
- `bare_connection`: one connection without a pool, for the benchmark's floor
- `statements`: the files of `sql/`, by name
- `rows`: reading rows of statements that always give one
- `arrays`: NumPy arrays as parameters of statements
- `migrations`: a database brought up to date with this code
- `application_login`: the login that queries run as
- `locks`: locks that several processes agree on
- `vector_index`: the HNSW index over the vectors of an encoder
- `encoder_register`: whose vectors the database holds, and changing that
- `embedded_server`: the PostgreSQL that Headrace starts itself
- `pgserver`: the package that brings it, and the repairs that it needs
- `tenants/`: logins that see one tenant, for SQL of one's own
"""
