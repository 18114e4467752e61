"""The faults that a shader's text shows before any compiler sees it.

Resolve gives one text to three compilers, and to a reader of its own. What one of them refuses, an
artist sees as a shader that does nothing. Metal cannot be asked outside a Mac: of its rules, those
that can be read from a text are here.
"""

from __future__ import annotations

from dataclasses import dataclass

from chromaresolve.shaders import code_rules, panel_rules
from chromaresolve.shaders.drafts import read_draft

RULES = (
    code_rules.letters_are_plain,
    code_rules.entry_is_to_the_letter,
    panel_rules.control_can_be_read,
    panel_rules.tooltip_can_be_read,
    panel_rules.names_are_unique,
    panel_rules.labels_are_plain,
    panel_rules.panel_is_not_too_long,
    panel_rules.default_fits,
    panel_rules.range_has_a_width,
    panel_rules.tooltip_has_its_control,
    panel_rules.tooltip_is_guarded,
    panel_rules.control_does_something,
    panel_rules.control_stays_in_entry,
    code_rules.literals_end_in_f,
    code_rules.patterns_are_absent,
    code_rules.names_are_free,
    code_rules.calls_are_known,
    code_rules.functions_are_ours,
    code_rules.functions_are_unique,
    code_rules.functions_do_not_recurse,
    code_rules.pointers_say_where,
    code_rules.textures_are_parameters,
    code_rules.tags_have_their_keyword,
    code_rules.powers_are_guarded,
)
"""Each states in its first line what a good shader does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One fault of a shader."""

    where: str
    """The file."""
    line: int
    """Counted from 1."""
    problem: str
    """What is wrong, and what to do."""

    def __str__(self) -> str:
        """Say it as a compiler would."""
        return f"{self.where}:{self.line}: {self.problem}"


def lint(text: str, where: str) -> tuple[Problem, ...]:
    """Return every fault of a shader's text, from its first line to its last."""
    draft = read_draft(text)
    findings = sorted(finding for rule in RULES for finding in rule(draft))
    return tuple(Problem(where=where, line=line, problem=problem) for line, problem in findings)
