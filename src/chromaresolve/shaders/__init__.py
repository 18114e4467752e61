"""Shaders (DCTL) as texts: their controls, their faults, and copies with other defaults.

`reading` and `controls` read a shader, `defaults` writes a copy that starts at solved values,
`linting` finds what Resolve's compilers would refuse, `tables` fills the docs. Nothing here runs a
shader.
"""

from chromaresolve.shaders.controls import Control
from chromaresolve.shaders.defaults import with_defaults
from chromaresolve.shaders.linting import Problem, lint
from chromaresolve.shaders.reading import Shader, read_shader
from chromaresolve.shaders.tables import control_table

__all__ = [
    "Control",
    "Problem",
    "Shader",
    "control_table",
    "lint",
    "read_shader",
    "with_defaults",
]
