"""Two documents of which everything is known, as the runs that kill make them."""

from headrace.measuring.kills.documents import Version

FIRST = Version(0, 1, 5, ((0, 5), (1, 5), (2, 5)))
SECOND = Version(0, 2, 7, ((0, 7), (1, 7)))
