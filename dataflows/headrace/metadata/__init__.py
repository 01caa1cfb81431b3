"""Fields of the documents' metadata, and conditions on them.

field_kinds.py     what a field's name says about its values; other names of a value
periods.py         fiscal years and quarters, as questions and values write them
filters.py         conditions, as users write them and as the SQL statements take them
tenant_facts.py    what a tenant holds, among it the fields
facets.py          the fields and values that there are to filter by
documents.py       which documents and chunks are stored
"""
