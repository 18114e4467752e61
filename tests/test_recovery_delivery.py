"""What recovered frames are delivered as: names, containers, and what their headers say."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from pathlib import Path

import pytest

from chromaresolve.colour import named_chain
from chromaresolve.errors import UsageError
from chromaresolve.frames import Attribute
from chromaresolve.frames.frame import AttributeValue
from chromaresolve.recovery.delivery import DELIVERIES, Delivery, recovered_pattern
from chromaresolve.shot import FrameRange, Shot, create, outputs
from chromaresolve.shot.tables import RecoveryTable

TIMECODE = Attribute("timecode", bytes(8))
"""An attribute that has nothing to do with colour."""

OF_THE_PLATE: Mapping[str, AttributeValue] = {
    "acesImageContainerFlag": 1,
    "adoptedNeutral": Attribute("v2f", struct.pack("<2f", 0.3, 0.3)),
    "chromaticities": Attribute("chromaticities", struct.pack("<8f", *range(8))),
    "colorInteropID": "lin_ap1_scene",
    "dpx:Transfer": "User defined",
    "lookModTransform": "LMT",
    "oiio:ColorSpace": "scene_linear",
    "renderingTransform": "RRT",
    "whiteLuminance": 48.0,
}
"""Words about the plate's own colour, none of them true of a delivered file."""


def primaries(attributes: dict[str, object]) -> list[float]:
    """The chromaticities that a header states."""
    stated = attributes["chromaticities"]
    assert isinstance(stated, Attribute)
    return [round(value, 5) for value in struct.unpack("<8f", stated.raw)]


@pytest.mark.parametrize(
    ("delivery", "name"),
    [
        pytest.param(Delivery(), "sh010_ML_####.exr", id="plain"),
        pytest.param(Delivery(version="v002"), "sh010_ML_v002_s012000_####.exr", id="version"),
        pytest.param(Delivery(name="aces2065-1"), "sh010_ML_ACES_####.exr", id="aces"),
        pytest.param(
            Delivery(name="aces2065-1", version="v002"),
            "sh010_ML_ACES_v002_s012000_####.exr",
            id="aces with version",
        ),
    ],
)
def test_name_says_version_and_checkpoint(delivery: Delivery, name: str) -> None:
    """Where the artist gives a version, it and the training step stand in the name."""
    assert delivery.pattern("sh010", 12000) == name


def test_deliveries_have_folders_of_their_own() -> None:
    """Two deliveries of one shot never overwrite each other."""
    assert [Delivery(name=name).folder for name in DELIVERIES] == [
        "recovered",
        "recovered_aces2065-1",
    ]


def test_unknown_delivery_is_refused() -> None:
    """The names there are stand in the message."""
    with pytest.raises(UsageError, match="'aces' is not known: write display or aces2065-1"):
        Delivery.of(RecoveryTable(), "aces")


def test_table_settles_the_delivery() -> None:
    """What `[recovery]` says is what is delivered."""
    table = RecoveryTable(compression="piz", feather=7, version="v002")

    delivery = Delivery.of(table)

    assert delivery == Delivery(compression="piz", feather=7, version="v002")


def test_container_is_uncompressed_and_aces_alone() -> None:
    """ST 2065-4 has no compression, and a display file is none of its kind."""
    table = RecoveryTable(compression="zip", st2065_4=True)

    assert Delivery.of(table, "aces2065-1").compression == "none"
    assert Delivery.of(table, "aces2065-1").st2065_4
    assert Delivery.of(table).compression == "zip"
    assert not Delivery.of(table).st2065_4


@pytest.mark.parametrize("version", ["v 2", "v/2", "v_2", "v2.1"])
def test_version_that_breaks_a_name_is_refused(version: str) -> None:
    """A version is letters, digits and dashes: it stands between underscores."""
    with pytest.raises(ValueError, match="version"):
        RecoveryTable(version=version)


@pytest.mark.parametrize(
    ("name", "chain", "kind"),
    [
        pytest.param("display", "display", "half", id="display"),
        pytest.param("display", "log", "float", id="log"),
        pytest.param("aces2065-1", "log", "half", id="aces"),
    ],
)
def test_pixel_type_keeps_the_law(name: str, chain: str, kind: str) -> None:
    """Half where a half keeps the luma law, or where the container wants it; else float."""
    assert Delivery.of(RecoveryTable(), name).pixel_type(named_chain(chain)) == kind


@pytest.mark.parametrize("chain", ["display", "acescg", "log"])
def test_display_file_says_rec709(chain: str) -> None:
    """Rec.709 primaries, and not one word of the plate's about its colour."""
    carried = {**OF_THE_PLATE, "timeCode": TIMECODE}

    said = Delivery().attributes(carried, named_chain(chain))

    assert said.keys() == {"chromaticities", "timeCode"}
    assert primaries(dict(said)) == [0.64, 0.33, 0.3, 0.6, 0.15, 0.06, 0.3127, 0.329]


def test_aces_file_says_ap0_and_no_container() -> None:
    """A compressed ACES file has the primaries of ACES2065-1 and claims no container."""
    said = Delivery(name="aces2065-1").attributes(OF_THE_PLATE, named_chain("display"))

    assert said.keys() == {"chromaticities"}
    assert primaries(dict(said)) == [0.7347, 0.2653, 0, 1, 0.0001, -0.077, 0.32168, 0.33767]


def test_container_file_says_so() -> None:
    """Only an ST 2065-4 file has the flag."""
    delivery = Delivery.of(RecoveryTable(st2065_4=True), "aces2065-1")

    assert delivery.attributes({}, named_chain("display"))["acesImageContainerFlag"] == 1


def test_file_in_the_plates_encoding_keeps_its_words() -> None:
    """Behind a scene chain a file is what its plate is, but for the container's flag."""
    chain = named_chain("log", encoding="ACEScg")

    said = Delivery().attributes(OF_THE_PLATE, chain)

    assert said == {n: v for n, v in OF_THE_PLATE.items() if n != "acesImageContainerFlag"}


@pytest.mark.parametrize(
    ("delivery", "words"),
    [
        pytest.param(Delivery(), [], id="lossless display"),
        pytest.param(
            Delivery(compression="dwaa:45"),
            ["dwaa:45 is lossy: it moves values by up to 0.025 and breaks the luma law"],
            id="lossy display",
        ),
        pytest.param(Delivery(name="aces2065-1"), ["composite --on aces"], id="aces"),
        pytest.param(
            Delivery(name="aces2065-1", compression="none", st2065_4=True),
            ["composite --on aces", "ST 2065-4 holds half R, G, B and A"],
            id="container",
        ),
    ],
)
def test_costs_are_said(delivery: Delivery, words: list[str]) -> None:
    """What a delivery costs is said before the render, and nothing where it costs nothing."""
    notes = delivery.notes()

    assert len(notes) == len(words)
    assert all(word in note for word, note in zip(words, notes, strict=True))


def write_shot(root: Path) -> Shot:
    """A shot of one frame."""
    return create(
        root / "sh010",
        scan="plates/P_####.exr",
        reference="plates/R_####.exr",
        frames=FrameRange.of([1]),
    )


def test_recovered_frames_are_found_before_there_is_a_record(tmp_path: Path) -> None:
    """Without a record they have their plain name."""
    assert recovered_pattern(write_shot(tmp_path)) == "recovered/sh010_ML_####.exr"


def test_recovered_frames_are_found_by_the_record(tmp_path: Path) -> None:
    """The record names the sidecar, and with it version and checkpoint."""
    shot = write_shot(tmp_path)
    sidecar = shot.path("recovered/sh010_ML_v002_s012000.json")
    sidecar.parent.mkdir()
    sidecar.write_text(json.dumps({}))
    shot = shot.with_made(
        "recovery", settings={}, inputs={}, outputs=outputs(shot, [sidecar]), measured={}
    )

    assert recovered_pattern(shot) == "recovered/sh010_ML_v002_s012000_####.exr"
