"""A strict simulator of DaVinci Resolve's scripting API, to test what runs inside Resolve.

    sim = Simulator(tmp_path, version="21.0", edition="studio", exr_digits=4)
    sim.resolve, sim.names(), sim.calls, sim.fail(call="Timeline.AddTrack", how="lie")

Doubts about the real Resolve are the fields of `Switches`. Pictures are real, small EXRs; colour
transforms are stand-ins (see `colour`). It answers what the research note says Resolve answers,
and where that is not known it refuses.
"""

from __future__ import annotations

from resolve_sim.calling import Call, Proxy, model_of
from resolve_sim.faults import ResolveGone
from resolve_sim.files import write_movie
from resolve_sim.replay import Replay
from resolve_sim.simulator import Simulator
from resolve_sim.switches import Switches

__all__ = [
    "Call",
    "Proxy",
    "Replay",
    "ResolveGone",
    "Simulator",
    "Switches",
    "model_of",
    "write_movie",
]
