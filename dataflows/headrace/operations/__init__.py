"""What is done with a pipeline or its database over time.

- `tenants`: every tenant, and how much each holds
- `watching`: files ingested again whenever they change on disk
- `tenant_files`: the file in which a tenant goes from one installation to another
- `tenant_export`, `tenant_import`: such a file written, and stored
- `encoder_migration`: the change from one encoder to another, and back
"""
