"""One shot, one truth: `shot.toml`, its stages, and frame ranges.

`Shot.load` reads a shot folder; stages add their `[made.<stage>]` with `Shot.with_made`; `require`
and `out_of_date` notice when something was made from what has changed since.
"""

from chromaresolve.shot.flagged import FLAGGED, Flagged, load_flagged
from chromaresolve.shot.new import create
from chromaresolve.shot.ranges import FrameRange
from chromaresolve.shot.record import Shot, manifest_schema
from chromaresolve.shot.stages import (
    STAGES,
    Stage,
    content_fingerprint,
    file_key,
    fingerprint,
    fingerprints,
    frames_key,
    measured,
    out_of_date,
    outputs,
    require,
    stage_named,
    table_key,
    value_key,
)
from chromaresolve.shot.tables import BalanceTable, CropTable, Made, Pair
from chromaresolve.shot.values import Scalar, parse_rate

__all__ = [
    "FLAGGED",
    "STAGES",
    "BalanceTable",
    "CropTable",
    "Flagged",
    "FrameRange",
    "Made",
    "Pair",
    "Scalar",
    "Shot",
    "Stage",
    "content_fingerprint",
    "create",
    "file_key",
    "fingerprint",
    "fingerprints",
    "frames_key",
    "load_flagged",
    "manifest_schema",
    "measured",
    "out_of_date",
    "outputs",
    "parse_rate",
    "require",
    "stage_named",
    "table_key",
    "value_key",
]
