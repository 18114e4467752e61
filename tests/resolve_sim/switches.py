"""What is not known about Resolve, as switches: a field is one doubt, its default the best guess.

Section numbers are those of the research note on the scripting API. A bridge that depends on one
value of a switch is wrong, so tests turn them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Switches:
    """How this simulated Resolve behaves where the real one is not known, lies, or varies."""

    sequence_start: Literal["file", "zero"] = "file"
    """Section 1.4 [?]: `Start` and `End` of an image sequence are file numbers, or count from 0."""
    append_counts: Literal["file", "zero"] = "file"
    """Section 9, 4 [?]: the same for startFrame, endFrame and GetSourceStartFrame; a live 21.1 is
    reported to count in the clip's own numbers."""
    outside_range: Literal["blank", "refuse"] = "blank"
    """A range outside the media plays black frames (reported live, 21.1), or is refused."""
    without_media_type: Literal["black", "plays"] = "black"
    """An append with trackIndex but no mediaType 1 reads back well and renders black (reported
    live, 21.0.4 and 21.1), or plays."""
    missing_track: Literal["elsewhere", "refuse"] = "elsewhere"
    """An append to a missing track lands at the end of V1 (reported live), or is refused."""
    append_needs_selection: bool | None = None
    """Section 5, 9: AppendToTimeline fails while no clip is selected in the media pool. None: true
    of 20.3 until 20.3.2, which fixed it."""
    overlap: Literal["ghost", "drop"] = "ghost"
    """Section 5, 5: an append onto another item answers an item that is not there, or nothing."""
    errored_vanish: bool = True
    """Section 5, 6: items of an append of which a part failed are gone after SaveProject."""
    missing_frames: Literal["refuse", "shrink"] = "refuse"
    """Section 10: a sequence with a hole is not imported, or only up to the hole."""
    individual_frames: bool = False
    """Section 5, 27: 'Show individual frames' is on: a sequence comes in as one clip per frame."""
    import_twice: Literal["again", "nothing"] = "again"
    """Media that are in the current bin already come in once more [?], or nothing does."""
    failed_list: Literal["empty", "none"] = "empty"
    """Section 10, 6: what ImportMedia, AppendToTimeline, GetItemListInTrack answer on failure."""
    source_start_off: int = 0
    """Section 5, 8: GetSourceStartFrame is off by so many frames (1 was seen)."""
    source_end: Literal["exclusive", "inclusive"] = "exclusive"
    """Section 1.6 [?]: GetSourceEndFrame is one after the last source frame (reported live on
    19.1.3), or the last."""
    mismatch_floors: bool = True
    """Section 5, 7: a source range of another rate is floored, one frame short; else rounded."""
    timeline_current: bool = True
    """CreateEmptyTimeline makes the new timeline the current one [?]."""

    rotation_sign: Literal[1, -1] = 1
    """Section 1.6 [?], 11: +1 if a positive RotationAngle turns counter-clockwise on the screen."""
    pan_px: float = 1.0
    """Section 1.6 [?]: screen pixels to the right per unit of Pan, if the clip fills the frame."""
    tilt_px: float = 1.0
    """Section 1.6 [?]: screen pixels up per unit of Tilt."""
    pan_by_fitted_size: bool = True
    """Section 11: Pan is a fraction of the clip as fitted, times the frame; else plain pixels."""
    zoom_gang: Literal["couples", "inert"] = "couples"
    """Section 1.6 [INFER]: with ZoomGang on, setting ZoomX sets ZoomY too, or has no effect."""
    color_composite: Literal[16, 15] = 16
    """Section 1.7 [INFER]: the number of Color; 15 if the enum has no EXCLUSION."""
    composite_constants: bool | None = None
    """Section 1.7: COMPOSITE_... are attributes of `resolve`. None: only from 21.1."""
    color_blend: Literal["ycbcr", "hsl"] = "ycbcr"
    """Composite mode Color: exact Y'CbCr swap, or W3C's non-separable HSL blend."""
    blend_space: Literal["display", "working"] = "display"
    """Section 1.7: where composite modes reckon: on display values, or on the working ones."""

    aces_version_at: Literal["timeline", "project", "nowhere"] = "timeline"
    """Section 2 [?]: on which object `acesVersion` can be read."""
    aces_version: str = "aces_1.3"
    """Section 2 [INFER]: what it says; `aces_2.0` for a project that would not match."""
    aces_version_settable: bool = False
    """Section 2 [?]: whether `acesVersion` can be set where it can be read."""
    transform_names: Literal["new", "old"] | None = None
    """Section 2: 'Rec.709 BT.1886' or the older 'Rec.709'. None: old in 19, new from 20."""
    odt_settable: bool = True
    """Section 2: colorAcesODT can be set by key; if not, only in the user interface."""
    setting_lies: frozenset[str] = frozenset()
    """Section 10, 4: keys for which SetSetting answers True and changes nothing."""
    setting_values: Literal["strict", "lenient"] = "strict"
    """Section 10, 3 [?]: SetSetting takes only str, or numbers too."""
    fps_locks: Literal["media", "timeline"] = "media"
    """Section 9, 11 [?]: the project's rate is locked once there is media, or a timeline."""
    fps_reads: Literal["float", "int"] = "float"
    """Section 5, 20: 29.97 reads as 29.97, or as 29.0."""

    exr_idt: str = ""
    """Section 2 [?]: what an EXR's `IDT` reads after import: '' follows the project's, or a name
    such as 'No Input Transform'."""
    idt_writable: bool = True
    """Section 9, 8 [?]: `IDT` of an image sequence can be set in an ACES project."""
    fps_writable: bool = True
    """Section 5, 21 [?]: `FPS` of a clip can be set."""
    start_tc_writable: bool = True
    """Section 1.4 [LIVE on stills]: `Start TC` of a clip can be set."""
    reel_writable: Literal["yes", "no", "lies"] = "yes"
    """`Reel Name` of a clip can be set [?]; it lies (True, and nothing changed: reported live on
    21.0) in a project that derives reel names by itself."""
    reel_read: bool = True
    """`Reel Name` comes from the EXR's `reelName` on import [?]."""
    reel_written: bool = False
    """A rendered EXR carries `reelName` of its lowest clip [?]."""

    exr_digits: int = 8
    """Section 3 [?]: digits of the frame number in a rendered file's name."""
    clip_start_frame: Literal["honoured", "ignored"] = "honoured"
    """Section 3 [?]: ClipStartFrame numbers the first file, or MarkIn does."""
    render_folders: Literal["flat", "nested"] = "flat"
    """Section 3: files lie in TargetDir, or in a folder of the job's name in it."""
    render_hole: int | None = None
    """A render of so many frames' offset leaves that file out, and says Complete."""
    render_fails: str = ""
    """A job fails half way with this Error."""
    render_stalls: bool = False
    """A job's percentage stays at a third for ever."""
    render_polls: int = 3
    """So many polls of GetRenderJobStatus until a job is complete."""
    render_needs_deliver: bool = True
    """Section 3: AddRenderJob answers '' on any page but Deliver (as the known flow has it)."""
    audio_only: bool = False
    """Section 5, 14: the render settings start from an audio only preset. Whatever ExportVideo says
    then, no picture is written until another preset is loaded (reported live)."""
    codecs_missing: frozenset[str] = frozenset()
    """Section 3: codec ids that this platform or edition lacks, such as H264 on free Linux."""
    format_answers_none: bool = False
    """Section 3: SetCurrentRenderFormatAndCodec answers None, done or not."""
    queue_keeps_jobs: bool = False
    """Section 3: after an EXR job the queue refuses deletion, without a word."""
    strings_in_job_list: bool | None = None
    """Section 5, 24: booleans in GetRenderJobList are 'True' and 'False'. None: true of 19."""
    language: Literal["en", "zh", "de"] = "en"
    """Section 9, 10 [?]: JobStatus is in the interface's language."""

    dctl_in_free: bool = False
    """SetLUT takes a .dctl in the free edition [?]."""
    lut_custom_path: Path | None = None
    """Section 9, 9: a folder the user added under Preferences > General > LUT locations."""
    lut_custom_reached: bool = False
    """Section 9, 9 [?]: SetLUT finds LUTs of that folder."""
    lut_paths: Literal["any", "backslash", "absolute"] = "any"
    """SetLUT takes a path from the LUT folder on or a whole one, as documented; or only one of the
    two [?], the first with the separators of Windows, which GetLUT then answers too."""
    add_version_loads: bool = False
    """AddVersion also loads the new version [?]."""
    gallery_open: bool = False
    """Section 1.8: ExportStills works only with the Gallery panel open on the Color page."""
    exr_stills: bool = False
    """ExportCurrentFrameAsStill takes .exr, which no document lists [?]."""

    burn_in_presets: frozenset[str] = frozenset()
    """Burn-in presets that the user saved."""
    current_project: str = "Untitled Project"
    """The project open at the start; '' for none."""
    blocking: bool = False
    """Section 5, 12: the project open at the start blocks CreateProject and SaveProject."""
    blocking_load: bool = True
    """Section 5, 12: it blocks LoadProject likewise; a live 21.0.4 is reported where loading any
    clean project ended the blocking."""
    headless: bool = False
    """Section 5, 13: started with -nogui: SaveProject of 'Untitled Project' hangs."""
    ready_after: int = 0
    """Section 4: so many readings of the project list or database are empty at first."""
    modal: Literal["fails", "hangs"] = "fails"
    """Section 4: while a dialog is open every call fails, or blocks."""
    paywall_blocks: bool = True
    """Section 4: asking the free edition for UIManager opens a dialog that blocks later calls."""
    page_answers: bool | None = True
    """Section 5, 26: OpenPage answers True, or None or False with the page opened all the same."""
    ui_manager: bool | None = None
    """Section 4: there is a UIManager. None: in Studio, and in free before 19.1."""
    strict: bool = False
    """Section 10, 13: from 21.1 the deprecated single-key forms are gone."""
    otio_urls: bool = False
    """Section 11: an OTIO's target_url may be a file:// URL; a bare path is what Resolve writes."""
    otio_relative: bool = False
    """Section 11 [?]: it may be relative to the OTIO file."""
    fabricates: bool = False
    """Section 5, 15: a name that is not there is a callable that answers None (reported over a
    bridge), or None."""
    delete_flaky: bool = False
    """Timeline.DeleteClips answers False once, and works when called again (seen once, 21.0)."""
    settings: dict[str, str] = field(default_factory=dict)
    """What a new project's settings differ in, as a house's own defaults do."""
