"""Every function of Resolve that the bridge calls: since when it exists, and what a refusal means.

Names and versions are those of Blackmagic's own README and typed stub; nothing is called that is
not in this table, and a test compares the table with stubs that somebody else wrote.
"""

from __future__ import annotations

from typing import Dict, NamedTuple, Tuple

Version = Tuple[int, int, int]
"""A version of Resolve: major, minor, patch."""

OLDEST: Version = (19, 1, 0)
"""The oldest Resolve this workflow runs in: the first with `Graph.ResetAllGrades`."""

DIALOG = "close any open dialog in Resolve, then run this entry again"
"""What most often helps: with a dialog open, Resolve refuses calls of any kind."""


class Method(NamedTuple):
    """One function of Resolve."""

    since: Version = OLDEST
    """The first version that has it."""
    refusal: str = ""
    """What False or None from it means, where that is known."""
    remedy: str = DIALOG
    """What to do then."""


_READ_ONLY = "look whether the project is open on this machine only and not read-only"
_QUEUE = "look at the Deliver page: stop a running render, then run this entry again"
_RELINK = "look at the clip in the media pool: is its file there and online?"

METHODS: Dict[str, Method] = {
    "Resolve.GetProjectManager": Method(),
    "Resolve.GetVersion": Method(),
    "Resolve.GetProductName": Method(),
    "Resolve.GetCurrentPage": Method(),
    "Resolve.OpenPage": Method(refusal="Resolve did not change the page"),
    "ProjectManager.GetCurrentProject": Method(
        refusal="no project is open", remedy="open a project in the Project Manager first"
    ),
    "ProjectManager.GetProjectListInCurrentFolder": Method(),
    "ProjectManager.GetCurrentDatabase": Method(),
    "ProjectManager.CreateProject": Method(
        refusal="Resolve made no project, as it does when the open one has unsaved changes",
        remedy="save or close the open project in Resolve, then run this entry again",
    ),
    "ProjectManager.LoadProject": Method(
        refusal="Resolve did not open the project, as it does when the open one is not saved",
        remedy="save or close the open project in Resolve, then run this entry again",
    ),
    "ProjectManager.SaveProject": Method(
        refusal="the project was not saved",
        remedy="save it by hand under a name (an 'Untitled Project' cannot be saved by a script)",
    ),
    "Project.GetName": Method(),
    "Project.GetMediaPool": Method(),
    "Project.GetTimelineCount": Method(),
    "Project.GetTimelineByIndex": Method(),
    "Project.GetCurrentTimeline": Method(
        refusal="no timeline is open", remedy="run 2 Conform first, or open its timeline"
    ),
    "Project.SetCurrentTimeline": Method(refusal="the timeline was not opened"),
    "Project.GetSetting": Method(),
    "Project.SetSetting": Method(refusal="the setting was not taken", remedy=_READ_ONLY),
    "Project.GetSettings": Method(since=(21, 1, 0)),
    "Project.SetSettings": Method(
        since=(21, 1, 0), refusal="the setting was not taken", remedy=_READ_ONLY
    ),
    "Project.ExportCurrentFrameAsStill": Method(
        refusal="no still was written",
        remedy="open the Color page with the playhead on the clip; look for a full disk",
    ),
    "Project.RefreshLUTList": Method(
        refusal="the list of LUTs was not read anew",
        remedy="choose Update Lists in Project Settings > Color Management, then run this again",
    ),
    "Project.IsRenderingInProgress": Method(),
    "Project.GetRenderCodecs": Method(),
    "Project.GetCurrentRenderFormatAndCodec": Method(),
    "Project.SetCurrentRenderFormatAndCodec": Method(
        refusal="the format was not taken", remedy=_QUEUE
    ),
    "Project.GetCurrentRenderMode": Method(),
    "Project.SetCurrentRenderMode": Method(refusal="the render mode was not taken", remedy=_QUEUE),
    "Project.SetRenderSettings": Method(
        refusal="the render settings were not taken", remedy=_QUEUE
    ),
    "Project.GetRenderPresetList": Method(),
    "Project.LoadRenderPreset": Method(refusal="there is no such render preset", remedy=_QUEUE),
    "Project.SaveAsNewRenderPreset": Method(
        refusal="the render settings were not saved as a preset", remedy=_QUEUE
    ),
    "Project.DeleteRenderPreset": Method(
        refusal="a temporary render preset was not deleted",
        remedy="delete the preset that begins with ChromaResolve on the Deliver page",
    ),
    "Project.AddRenderJob": Method(
        refusal="Resolve put no job into the render queue",
        remedy="look whether the folder can be written and the timeline has clips",
    ),
    "Project.DeleteRenderJob": Method(
        refusal="the job stays in the render queue", remedy="remove it on the Deliver page by hand"
    ),
    "Project.GetRenderJobList": Method(),
    "Project.GetRenderJobStatus": Method(),
    "Project.StartRendering": Method(refusal="the render did not start", remedy=_QUEUE),
    "Project.StopRendering": Method(),
    "MediaPool.GetRootFolder": Method(),
    "MediaPool.GetCurrentFolder": Method(),
    "MediaPool.SetCurrentFolder": Method(refusal="the bin was not opened"),
    "MediaPool.AddSubFolder": Method(refusal="the bin was not made", remedy=_READ_ONLY),
    "MediaPool.ImportMedia": Method(
        refusal="Resolve imported nothing",
        remedy="look whether the files are whole and readable from this machine",
    ),
    "MediaPool.CreateEmptyTimeline": Method(
        refusal="the timeline was not made, as when the name is taken",
        remedy="look for a timeline or clip of that name in another bin and rename it",
    ),
    "MediaPool.DeleteTimelines": Method(
        refusal="a temporary timeline was not deleted",
        remedy="delete the timeline whose name begins with ChromaResolve",
    ),
    "MediaPool.DeleteFolders": Method(
        refusal="a temporary bin was not deleted",
        remedy="delete the bin whose name begins with ChromaResolve from the media pool",
    ),
    "MediaPool.DeleteClips": Method(
        refusal="a temporary clip was not deleted",
        remedy="delete the clip whose name begins with ChromaResolve from the media pool",
    ),
    "MediaPool.AppendToTimeline": Method(
        refusal="the clip was not placed", remedy="look whether something lies at its place already"
    ),
    "MediaPool.SetSelectedClip": Method(refusal="the clip was not selected in the media pool"),
    "Folder.GetName": Method(),
    "Folder.GetClipList": Method(),
    "Folder.GetSubFolderList": Method(),
    "MediaPoolItem.GetName": Method(),
    "MediaPoolItem.GetClipProperty": Method(remedy=_RELINK),
    "MediaPoolItem.SetClipProperty": Method(refusal="the clip attribute was not taken"),
    "Timeline.GetName": Method(),
    "Timeline.GetUniqueId": Method(),
    "Timeline.GetStartFrame": Method(),
    "Timeline.GetEndFrame": Method(),
    "Timeline.GetStartTimecode": Method(),
    "Timeline.SetStartTimecode": Method(refusal="the start timecode was not taken"),
    "Timeline.GetTrackCount": Method(),
    "Timeline.AddTrack": Method(refusal="the track was not made"),
    "Timeline.GetTrackName": Method(),
    "Timeline.SetTrackName": Method(refusal="the track was not named"),
    "Timeline.GetIsTrackEnabled": Method(),
    "Timeline.SetTrackEnable": Method(refusal="the track was not switched"),
    "Timeline.GetItemListInTrack": Method(),
    "Timeline.DeleteClips": Method(refusal="the clip was not taken off the timeline"),
    "Timeline.GetCurrentTimecode": Method(),
    "Timeline.SetCurrentTimecode": Method(
        refusal="the playhead was not moved", remedy="open the timeline on the Edit or Color page"
    ),
    "Timeline.GetSetting": Method(),
    "Timeline.SetSetting": Method(refusal="the setting was not taken"),
    "Timeline.GetSettings": Method(since=(21, 1, 0)),
    "Timeline.SetSettings": Method(since=(21, 1, 0), refusal="the setting was not taken"),
    "Timeline.AddMarker": Method(refusal="the marker was not set"),
    "Timeline.GetMarkers": Method(),
    "Timeline.GetNodeGraph": Method(),
    "Timeline.DeleteMarkerByCustomData": Method(refusal="an old marker was not removed"),
    "Timeline.DuplicateTimeline": Method(refusal="the timeline was not duplicated"),
    "Timeline.Export": Method(refusal="the timeline was not written to a file"),
    "TimelineItem.GetName": Method(),
    "TimelineItem.GetStart": Method(),
    "TimelineItem.GetDuration": Method(),
    "TimelineItem.GetLeftOffset": Method(),
    "TimelineItem.GetRightOffset": Method(),
    "TimelineItem.GetSourceStartFrame": Method(),
    "TimelineItem.GetSourceEndFrame": Method(),
    "TimelineItem.GetMediaPoolItem": Method(),
    "TimelineItem.GetProperty": Method(),
    "TimelineItem.SetProperty": Method(refusal="the Inspector's value was not taken"),
    "TimelineItem.GetProperties": Method(since=(21, 1, 0)),
    "TimelineItem.SetProperties": Method(
        since=(21, 1, 0), refusal="the Inspector's value was not taken"
    ),
    "TimelineItem.GetSpeed": Method(since=(21, 1, 0)),
    "TimelineItem.SetSpeed": Method(since=(21, 1, 0), refusal="the speed was not reset"),
    "TimelineItem.GetFusionCompCount": Method(),
    "TimelineItem.LoadBurnInPreset": Method(
        refusal="there is no such burn-in preset",
        remedy="make one under Workspace > Data Burn-In, or leave the burn-in empty",
    ),
    "TimelineItem.GetClipEnabled": Method(),
    "TimelineItem.GetClipColor": Method(),
    "TimelineItem.SetClipColor": Method(refusal="the clip colour was not taken"),
    "TimelineItem.GetColorGroup": Method(),
    "TimelineItem.GetNodeGraph": Method(),
    "TimelineItem.AddVersion": Method(refusal="the colour version was not made"),
    "TimelineItem.LoadVersionByName": Method(refusal="there is no such colour version"),
    "TimelineItem.DeleteVersionByName": Method(refusal="the colour version was not deleted"),
    "TimelineItem.CopyGrades": Method(refusal="the grade was not copied"),
    "TimelineItem.RenameVersionByName": Method(refusal="the colour version was not renamed"),
    "TimelineItem.GetVersionNameList": Method(),
    "TimelineItem.GetCurrentVersion": Method(),
    "Graph.GetNumNodes": Method(),
    "Graph.GetLUT": Method(),
    "Graph.SetLUT": Method(),
    "Graph.GetToolsInNode": Method(),
    "Graph.ApplyGradeFromDRX": Method(
        refusal="the saved grade was not applied", remedy="look whether the .drx file is readable"
    ),
    "Graph.ResetAllGrades": Method(refusal="the grade was not reset"),
}
"""By `Class.Function`."""
