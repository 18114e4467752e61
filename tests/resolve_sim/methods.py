"""The methods of Resolve's scripting API that film recovery can use, as text.

A line is `since Name(parameters) -> answer`. `since` is the first version that has the method (of
19.1 and older, `19.1`), and after a dash the version whose documents deprecate it. `name?` may be
left out, `*args` stands for any number more. Names of methods and parameters are Blackmagic's own;
tests/test_resolve_sim_oracle.py compares them with stubs that nobody here wrote.
"""

from __future__ import annotations

TABLE = """
Resolve
  19.1 GetProjectManager() -> ProjectManager
  19.1 GetMediaStorage() -> MediaStorage
  19.1 Fusion() -> any
  19.1 OpenPage(pageName: str) -> bool
  19.1 GetCurrentPage() -> str
  19.1 GetProductName() -> str
  19.1 GetVersion() -> list
  19.1 GetVersionString() -> str
  19.1 ImportRenderPreset(presetPath: str) -> bool
  19.1 ExportRenderPreset(presetName: str, exportPath: str) -> bool
  19.1 GetKeyframeMode() -> int
  19.1 SetKeyframeMode(keyframeMode: enum) -> bool
  19.1 Quit() -> None
  21.1 IsStudio() -> bool
  21.1 ValidateDCTL(source: str) -> str
  21.1 GetCurrentProject() -> Project
  21.1 GetCurrentTimeline() -> Timeline
  21.1 GetMediaPool() -> MediaPool
  21.1 GetGallery() -> Gallery
ProjectManager
  19.1 CreateProject(projectName: str) -> Project
  20.2.2 CreateProject(projectName: str, mediaLocationPath?: str) -> Project
  19.1 DeleteProject(projectName: str) -> bool
  19.1 LoadProject(projectName: str) -> Project
  19.1 GetCurrentProject() -> Project
  19.1 SaveProject() -> bool
  19.1 CloseProject(project: Project) -> bool
  19.1 GetProjectListInCurrentFolder() -> list
  19.1 GetFolderListInCurrentFolder() -> list
  19.1 GotoRootFolder() -> bool
  19.1 GetCurrentFolder() -> str
  19.1 ExportProject(projectName: str, filePath: str, withStillsAndLUTs?: bool) -> bool
  19.1 GetCurrentDatabase() -> dict
Project
  19.1 GetMediaPool() -> MediaPool
  19.1 GetTimelineCount() -> int
  19.1 GetTimelineByIndex(idx: int) -> Timeline
  19.1 GetCurrentTimeline() -> Timeline
  19.1 SetCurrentTimeline(timeline: Timeline) -> bool
  19.1 GetGallery() -> Gallery
  19.1 GetName() -> str
  19.1 SetName(projectName: str) -> bool
  19.1-21.1 GetPresetList() -> list
  19.1-21.1 SetPreset(presetName: str) -> bool
  21.1 GetProjectSettingsPresetList() -> list
  21.1 SetProjectSettingsPreset(presetName: str) -> bool
  21.1 ImportProjectSettingsPreset(presetPath: str, presetName?: str) -> bool
  21.1 ExportProjectSettingsPreset(presetName: str, exportPath: str) -> bool
  19.1 AddRenderJob() -> str
  19.1 DeleteRenderJob(jobId: str) -> bool
  19.1 DeleteAllRenderJobs() -> bool
  19.1 GetRenderJobList() -> list
  19.1 GetRenderPresetList() -> list
  19.1 StartRendering(jobId1: str, *args) -> bool
  19.1 StartRendering(jobIds: list, isInteractiveMode?: bool) -> bool
  19.1 StartRendering(isInteractiveMode?: bool) -> bool
  19.1 StopRendering() -> None
  19.1 IsRenderingInProgress() -> bool
  19.1 LoadRenderPreset(presetName: str) -> bool
  19.1 SaveAsNewRenderPreset(presetName: str) -> bool
  19.1 DeleteRenderPreset(presetName: str) -> bool
  19.1 SetRenderSettings(settings: dict) -> bool
  19.1 GetRenderJobStatus(jobId: str) -> dict
  19.1-21.1 GetSetting(settingName?: str) -> any
  19.1-21.1 SetSetting(settingName: str, settingValue: any) -> bool
  21.1 GetSettings() -> dict
  21.1 SetSettings(settings: dict) -> bool
  19.1 GetRenderFormats() -> dict
  19.1 GetRenderCodecs(renderFormat: str) -> dict
  19.1 GetCurrentRenderFormatAndCodec() -> dict
  19.1 SetCurrentRenderFormatAndCodec(format: str, codec: str) -> bool
  19.1 GetCurrentRenderMode() -> int
  19.1 SetCurrentRenderMode(renderMode: int) -> bool
  19.1 GetRenderResolutions(format?: str, codec?: str) -> list
  19.1 RefreshLUTList() -> bool
  19.1 GetUniqueId() -> str
  19.1 LoadBurnInPreset(presetName: str) -> bool
  19.1 ExportCurrentFrameAsStill(filePath: str) -> bool
  19.1 GetColorGroupsList() -> list
MediaStorage
  19.1 GetMountedVolumeList() -> list
  19.1 GetSubFolderList(folderPath: str) -> list
  19.1 GetFileList(folderPath: str) -> list
  19.1-21.1 AddItemListToMediaPool(item1: str, *args) -> list
  19.1 AddItemListToMediaPool(items: list) -> list
MediaPool
  19.1 GetRootFolder() -> Folder
  19.1 AddSubFolder(folder: Folder, name: str) -> Folder
  19.1 RefreshFolders() -> bool
  19.1 CreateEmptyTimeline(name: str) -> Timeline
  19.1 AppendToTimeline(clips: list) -> list
  19.1-21.1 AppendToTimeline(clip1: MediaPoolItem, *args) -> list
  19.1 CreateTimelineFromClips(name: str, clips: list) -> Timeline
  19.1 ImportTimelineFromFile(filePath: str, importOptions?: dict) -> Timeline
  19.1 DeleteTimelines(timeline: list) -> bool
  19.1 GetCurrentFolder() -> Folder
  19.1 SetCurrentFolder(folder: Folder) -> bool
  19.1 DeleteClips(clips: list) -> bool
  19.1 DeleteFolders(subfolders: list) -> bool
  19.1 MoveClips(clips: list, targetFolder: Folder) -> bool
  19.1 RelinkClips(mediaPoolItem: list, folderPath: str) -> bool
  19.1 ImportMedia(items: list) -> list
  19.1 GetUniqueId() -> str
  19.1 GetSelectedClips() -> list
  19.1 SetSelectedClip(mediaPoolItem: MediaPoolItem) -> bool
Folder
  19.1 GetClipList() -> list
  19.1 GetName() -> str
  19.1 GetSubFolderList() -> list
  19.1 GetIsFolderStale() -> bool
  19.1 GetUniqueId() -> str
MediaPoolItem
  19.1 GetName() -> str
  20.2 SetName(name: str) -> bool
  19.1 GetMetadata(metadataType?: str) -> any
  19.1 SetMetadata(metadataType: str, metadataValue: str) -> bool
  19.1 SetMetadata(metadata: dict) -> bool
  19.1 GetThirdPartyMetadata(metadataType?: str) -> any
  19.1 SetThirdPartyMetadata(metadataType: str, metadataValue: str) -> bool
  19.1 SetThirdPartyMetadata(metadata: dict) -> bool
  19.1 GetMediaId() -> str
  19.1 AddMarker(frameId: number, color: str, name: str, note: str, duration: number, customData?: str) -> bool
  19.1 GetMarkers() -> dict
  19.1 DeleteMarkersByColor(color: str) -> bool
  19.1 DeleteMarkerAtFrame(frameNum: number) -> bool
  19.1 DeleteMarkerByCustomData(customData: str) -> bool
  19.1 AddFlag(color: str) -> bool
  19.1 GetFlagList() -> list
  19.1 ClearFlags(color: str) -> bool
  19.1 GetClipColor() -> str
  19.1 SetClipColor(colorName: str) -> bool
  19.1 ClearClipColor() -> bool
  19.1 GetClipProperty(propertyName?: str) -> any
  19.1 SetClipProperty(propertyName: str, propertyValue: any) -> bool
  19.1 ReplaceClip(filePath: str) -> bool
  19.1 GetUniqueId() -> str
  19.1 GetMarkInOut() -> dict
  19.1 SetMarkInOut(mark_in: int, mark_out: int, type?: str) -> bool
  19.1 ClearMarkInOut(type?: str) -> bool
Timeline
  19.1 GetName() -> str
  19.1 SetName(timelineName: str) -> bool
  19.1 GetStartFrame() -> int
  19.1 GetEndFrame() -> int
  19.1 SetStartTimecode(timecode: str) -> bool
  19.1 GetStartTimecode() -> str
  19.1 GetTrackCount(trackType: str) -> int
  19.1 AddTrack(trackType: str, subTrackType?: str) -> bool
  19.1 AddTrack(trackType: str, newTrackOptions: dict) -> bool
  19.1 DeleteTrack(trackType: str, trackIndex: int) -> bool
  19.1 SetTrackEnable(trackType: str, trackIndex: int, Bool: bool) -> bool
  19.1 GetIsTrackEnabled(trackType: str, trackIndex: int) -> bool
  19.1 SetTrackLock(trackType: str, trackIndex: int, Bool: bool) -> bool
  19.1 GetIsTrackLocked(trackType: str, trackIndex: int) -> bool
  19.1 DeleteClips(timelineItems: list, Bool?: bool) -> bool
  19.1 SetClipsLinked(timelineItems: list, Bool: bool) -> bool
  19.1 GetItemListInTrack(trackType: str, index: int) -> list
  19.1 AddMarker(frameId: number, color: str, name: str, note: str, duration: number, customData?: str) -> bool
  19.1 GetMarkers() -> dict
  19.1 GetMarkerByCustomData(customData: str) -> dict
  19.1 UpdateMarkerCustomData(frameId: number, customData: str) -> bool
  19.1 GetMarkerCustomData(frameId: number) -> str
  19.1 DeleteMarkersByColor(color: str) -> bool
  19.1 DeleteMarkerAtFrame(frameNum: number) -> bool
  19.1 DeleteMarkerByCustomData(customData: str) -> bool
  19.1 GetCurrentTimecode() -> str
  19.1 SetCurrentTimecode(timecode: str) -> bool
  19.1 GetCurrentVideoItem() -> TimelineItem
  19.1 GetTrackName(trackType: str, trackIndex: int) -> str
  19.1 SetTrackName(trackType: str, trackIndex: int, name: str) -> bool
  19.1 DuplicateTimeline(timelineName?: str) -> Timeline
  19.1 Export(fileName: str, exportType: enum, exportSubtype?: enum) -> bool
  19.1-21.1 GetSetting(settingName?: str) -> any
  19.1-21.1 SetSetting(settingName: str, settingValue: any) -> bool
  21.1 GetSettings() -> dict
  21.1 SetSettings(settings: dict) -> bool
  19.1 GrabStill() -> GalleryStill
  19.1 GrabAllStills(stillFrameSource: int) -> list
  19.1 GetUniqueId() -> str
  19.1 GetNodeGraph() -> Graph
  19.1 GetMediaPoolItem() -> MediaPoolItem
  19.1 GetMarkInOut() -> dict
  19.1 SetMarkInOut(mark_in: int, mark_out: int, type?: str) -> bool
  19.1 ClearMarkInOut(type?: str) -> bool
  21.0.4 GetSelectedClips() -> list
TimelineItem
  19.1 GetName() -> str
  20.2 SetName(name: str) -> bool
  19.1 GetDuration(subframe_precision?: bool) -> int
  19.1 GetEnd(subframe_precision?: bool) -> int
  19.1 GetStart(subframe_precision?: bool) -> int
  19.1 GetLeftOffset(subframe_precision?: bool) -> int
  19.1 GetRightOffset(subframe_precision?: bool) -> int
  19.1 GetSourceStartFrame() -> int
  19.1 GetSourceEndFrame() -> int
  19.1 GetFusionCompCount() -> int
  19.1 GetFusionCompNameList() -> list
  19.1 DeleteFusionCompByName(compName: str) -> bool
  19.1-21.1 SetProperty(propertyKey: str, propertyValue: any) -> bool
  19.1-21.1 SetProperty(propertyKey: dict) -> bool
  19.1-21.1 GetProperty(propertyKey?: str) -> any
  21.1 GetProperties() -> dict
  21.1 SetProperties(properties: dict) -> bool
  21.1 GetSpeed() -> dict
  21.1 SetSpeed(speed: dict) -> bool
  21.1 GetType() -> str
  19.1 AddMarker(frameId: number, color: str, name: str, note: str, duration: number, customData?: str) -> bool
  19.1 GetMarkers() -> dict
  19.1 DeleteMarkersByColor(color: str) -> bool
  19.1 DeleteMarkerAtFrame(frameNum: number) -> bool
  19.1 DeleteMarkerByCustomData(customData: str) -> bool
  19.1 AddFlag(color: str) -> bool
  19.1 GetFlagList() -> list
  19.1 ClearFlags(color: str) -> bool
  19.1 GetClipColor() -> str
  19.1 SetClipColor(colorName: str) -> bool
  19.1 ClearClipColor() -> bool
  19.1 AddVersion(versionName: str, versionType: int) -> bool
  19.1 GetCurrentVersion() -> dict
  19.1 DeleteVersionByName(versionName: str, versionType: int) -> bool
  19.1 LoadVersionByName(versionName: str, versionType: int) -> bool
  19.1 RenameVersionByName(oldName: str, newName: str, versionType: int) -> bool
  19.1 GetVersionNameList(versionType: int) -> list
  19.1 GetMediaPoolItem() -> MediaPoolItem
  19.1 SetCDL(cdlMap: dict) -> bool
  19.1 GetTakesCount() -> int
  19.1 CopyGrades(tgtTimelineItems: list) -> bool
  19.1 SetClipEnabled(Bool: bool) -> bool
  19.1 GetClipEnabled() -> bool
  19.1 GetUniqueId() -> str
  19.1 GetNodeGraph(layerIdx?: int) -> Graph
  19.1 GetColorGroup() -> any
  19.1 ExportLUT(exportType: enum, path: str) -> bool
  19.1 GetLinkedItems() -> list
  19.1 GetTrackTypeAndIndex() -> list
  19.1 LoadBurnInPreset(presetName: str) -> bool
  20.2 ResetAllNodeColors() -> bool
Gallery
  19.1 GetAlbumName(galleryStillAlbum: GalleryStillAlbum) -> str
  19.1 SetAlbumName(galleryStillAlbum: GalleryStillAlbum, albumName: str) -> bool
  19.1 GetCurrentStillAlbum() -> GalleryStillAlbum
  19.1 SetCurrentStillAlbum(galleryStillAlbum: GalleryStillAlbum) -> bool
  19.1 GetGalleryStillAlbums() -> list
  19.1 CreateGalleryStillAlbum() -> GalleryStillAlbum
GalleryStillAlbum
  19.1 GetStills() -> list
  19.1 GetLabel(galleryStill: GalleryStill) -> str
  19.1 SetLabel(galleryStill: GalleryStill, label: str) -> bool
  19.1 ImportStills(filePaths: list) -> bool
  19.1 ExportStills(galleryStills: list, folderPath: str, filePrefix: str, format: str) -> bool
  19.1 DeleteStills(galleryStills: list) -> bool
GalleryStill
Graph
  19.1 GetNumNodes() -> int
  19.1 SetLUT(nodeIndex: int, lutPath: str) -> bool
  19.1 GetLUT(nodeIndex: int) -> str
  19.1 SetNodeCacheMode(nodeIndex: int, cache_value: enum) -> bool
  19.1 GetNodeCacheMode(nodeIndex: int) -> int
  19.1 GetNodeLabel(nodeIndex: int) -> str
  19.1 GetToolsInNode(nodeIndex: int) -> list
  19.1 SetNodeEnabled(nodeIndex: int, isEnabled: bool) -> bool
  19.1 ApplyGradeFromDRX(path: str, gradeMode: int) -> bool
  19.1 ApplyArriCdlLut() -> bool
  19.1 ResetAllGrades() -> bool
"""  # noqa: E501
"""What film recovery can use; one method a line."""
