"""From what was named to the files to read, and what becomes of all others.

- `search`: walks through the named folders (`find`)
- `rules`: which names below a folder are passed over, and by which rule
- `found`: what was found: files, faults, and what was passed over, by kind
- `identity`: the ids of documents that are read from files
- `claims`: ids that another file has already, and documents under another id
- `stamps`: which files are unchanged, and so are not read
"""

from headrace.ingest.finding.found import Found, PassedOver
from headrace.ingest.finding.identity import IdBy, Identities
from headrace.ingest.finding.rules import Selection
from headrace.ingest.finding.search import find, would_read
from headrace.ingest.finding.stamps import Stamps, Unread

__all__ = [
    "Found",
    "IdBy",
    "Identities",
    "PassedOver",
    "Selection",
    "Stamps",
    "Unread",
    "find",
    "would_read",
]
