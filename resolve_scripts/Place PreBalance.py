"""ChromaResolve, Place PreBalance: the pre-balance of a shot, laid on its Source.

Resolve lists this file under Workspace > Scripts > ChromaResolve. All the work is in the bridge,
which `chromaresolve resolve install` has put into the folder named here.
"""

import sys

HOME = "@@HOME@@"

sys.path.insert(0, HOME)
try:
    from chromaresolve_bridge import menu
except (ImportError, SyntaxError) as error:
    print(f"ChromaResolve cannot start from {HOME} with Python {sys.version.split()[0]}: {error}")
    print("In a terminal, type `chromaresolve resolve install` and `chromaresolve resolve doctor`")
else:
    menu.start("place_balance", globals(), HOME)
