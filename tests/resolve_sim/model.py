"""What the objects behind the proxies have in common: a world, an identity, and a life."""

from __future__ import annotations

from resolve_sim.world import World


class Model:
    """One object of Resolve: its methods have Resolve's names, its state has ours."""

    def __init__(self, world: World) -> None:
        """Come into being, with an identity."""
        self.world = world
        self.identity = world.identity()
        self.is_alive = True
        """False of what was deleted or never was (a ghost): it answers None to everything."""

    def GetUniqueId(self) -> str:
        """Return the identity."""
        return self.identity
