"""Stills and their albums."""

from __future__ import annotations

from pathlib import Path

from resolve_sim.model import Model
from resolve_sim.world import World

FORMATS = ("dpx", "cin", "tif", "jpg", "png", "ppm", "bmp", "xpm", "drx")
"""What stills can be exported as."""


class GalleryStill(Model):
    """One still."""

    def __init__(self, world: World, name: str) -> None:
        """Remember what it was grabbed from."""
        super().__init__(world)
        self.name = name
        self.label = ""


class GalleryStillAlbum(Model):
    """One album."""

    def __init__(self, world: World, name: str) -> None:
        """Begin without stills."""
        super().__init__(world)
        self.name = name
        self.stills: list[GalleryStill] = []

    def GetStills(self) -> list[GalleryStill]:
        """Return the stills."""
        return list(self.stills)

    def GetLabel(self, still: GalleryStill) -> str:
        """Return a still's label."""
        return still.label if still in self.stills else ""

    def SetLabel(self, still: GalleryStill, label: str) -> bool:
        """Label a still."""
        if still in self.stills:
            still.label = label
        return still in self.stills

    def ImportStills(self, paths: list[object]) -> bool:
        """Take in stills from files."""
        files = [Path(path) for path in paths if isinstance(path, str)]
        if not files or len(files) < len(paths) or not all(file.is_file() for file in files):
            return False
        self.stills += [GalleryStill(self.world, file.stem) for file in files]
        return True

    def ExportStills(self, stills: list[object], folder: str, prefix: str, kind: str) -> bool:
        """Write stills to files; only with the Gallery panel open on the Color page."""
        is_open = self.world.switches.gallery_open and self.world.page == "color"
        mine = all(still in self.stills for still in stills)
        if not is_open or not stills or not mine or kind not in FORMATS:
            return False
        if not Path(folder).is_dir():
            return False
        for number, _still in enumerate(stills, start=1):
            (Path(folder) / f"{prefix}_1.{number}.1.{kind}").write_bytes(b"a still's stand-in")
        return True

    def DeleteStills(self, stills: list[object]) -> bool:
        """Delete stills."""
        left = [still for still in self.stills if still not in stills]
        is_less = len(left) < len(self.stills)
        self.stills = left
        return is_less


class Gallery(Model):
    """All albums of a project."""

    def __init__(self, world: World) -> None:
        """Begin with one album."""
        super().__init__(world)
        self.albums = [GalleryStillAlbum(world, "Stills 1")]
        self.current = self.albums[0]

    def grab(self, name: str) -> GalleryStill:
        """Put a new still into the current album."""
        still = GalleryStill(self.world, name)
        self.current.stills.append(still)
        return still

    def GetAlbumName(self, album: GalleryStillAlbum) -> str:
        """Return an album's name."""
        return album.name

    def SetAlbumName(self, album: GalleryStillAlbum, name: str) -> bool:
        """Rename an album."""
        if album in self.albums and name:
            album.name = name
        return album in self.albums and bool(name)

    def GetCurrentStillAlbum(self) -> GalleryStillAlbum:
        """Return the album that new stills go to."""
        return self.current

    def SetCurrentStillAlbum(self, album: GalleryStillAlbum) -> bool:
        """Let new stills go to another album."""
        if album in self.albums:
            self.current = album
        return album in self.albums

    def GetGalleryStillAlbums(self) -> list[GalleryStillAlbum]:
        """Return all albums."""
        return list(self.albums)

    def CreateGalleryStillAlbum(self) -> GalleryStillAlbum:
        """Add an album."""
        album = GalleryStillAlbum(self.world, f"Stills {len(self.albums) + 1}")
        self.albums.append(album)
        return album
