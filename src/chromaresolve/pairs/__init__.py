"""Which frames teach and which are held out, and which Reference frame belongs to which.

`timing` finds by content which Reference frame shows what a Source frame does, `fitness` leaves out
frames that had better not teach, `coverage` picks frames whose colours stand for the whole shot,
`choosing` puts them into the manifest.
"""

from chromaresolve.pairs.choosing import choose
from chromaresolve.pairs.table import load_findings

__all__ = ["choose", "load_findings"]
