"""Which frames teach and which are held out, and which Reference frame belongs to which.

`timing` finds by content which Reference frame shows what a Source frame does, `coverage` picks
frames whose colours stand for the whole shot, `choosing` puts them into the manifest.
"""

from chromaresolve.pairs.choosing import choose

__all__ = ["choose"]
