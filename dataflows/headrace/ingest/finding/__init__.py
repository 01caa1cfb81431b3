"""From what was named to the files to read, and what becomes of all others.

- `search`: walks through the named folders (`find`)
- `rules`: which names beneath a folder are passed over, and by which rule
- `found`: what was found: files, faults, and what was passed over, by kind
- `claims`: ids of JSON lines that a line of another file has already
"""

from headrace.ingest.finding.found import Found, PassedOver
from headrace.ingest.finding.rules import Selection
from headrace.ingest.finding.search import find, would_read

__all__ = ["Found", "PassedOver", "Selection", "find", "would_read"]
