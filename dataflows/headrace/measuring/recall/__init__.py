"""Whether semantic search finds what there is: `run.py recall`.

audit.py            the audit of a tenant, and its report
searches.py         a tenant's searches: as routed, exactly, and by the index
questions.py        questions made of stored chunks
selectivities.py    filters that leave a given share of the chunks
advice.py           which setting to change
"""
