"""Every way in which Resolve says no becomes a sentence with a cause and a remedy."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from chromaresolve.bridge.calling import Caller, explain, is_refusal
from chromaresolve.bridge.errors import BridgeError, RefusedError
from chromaresolve.bridge.journal import Journal
from chromaresolve.bridge.methods import METHODS, OLDEST


class Timeline:
    """A timeline that answers as it was told to."""

    def __init__(self, answer: object) -> None:
        """Remember the answer; an exception is raised."""
        self.answer = answer

    def _say(self, *_args: object) -> object:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    AddTrack = GetTrackCount = GetSettings = GetItemListInTrack = _say


@pytest.fixture
def said() -> list[str]:
    """What the user was told."""
    return []


@pytest.fixture
def caller(tmp_path: Path, said: list[str]) -> Caller:
    """Calls in the oldest Resolve."""
    return Caller(OLDEST, Journal(tmp_path, "test", show=said.append))


@pytest.mark.parametrize("answer", [True, 1, "id", ["item"], {"a": 1}, 0.5, 0])
def test_demand_hands_over_what_resolve_answers(caller: Caller, answer: object) -> None:
    """Anything but Resolve's ways to say no is an answer; the number 0 is one."""
    assert caller.demand(Timeline(answer), "Timeline.AddTrack", "video") == answer


@pytest.mark.parametrize("answer", [False, None, "", [], {}, ()])
def test_demand_turns_a_no_into_a_sentence(caller: Caller, answer: object) -> None:
    """It names the call, what it means and what to do."""
    with pytest.raises(RefusedError) as caught:
        caller.demand(Timeline(answer), "Timeline.AddTrack", "video")

    assert str(caught.value) == (
        f"AddTrack('video'): the track was not made (Resolve answered {answer!r}): "
        "close any open dialog in Resolve, then run this entry again"
    )


def test_demand_says_what_answered_where_a_refusal_has_no_known_meaning(caller: Caller) -> None:
    """Without a meaning in the table the answer itself is told."""
    with pytest.raises(RefusedError, match=r"GetTrackCount\('video'\): Resolve answered None: "):
        caller.demand(Timeline(None), "Timeline.GetTrackCount", "video")


def test_a_failing_call_is_named(caller: Caller) -> None:
    """An exception of the remote side never reaches the user as a traceback."""
    with pytest.raises(RefusedError, match=r"AddTrack\('video'\): Resolve failed with OSError"):
        caller.ask(Timeline(OSError("gone")), "Timeline.AddTrack", "video")


def test_a_call_on_nothing_says_what_is_missing(caller: Caller) -> None:
    """None in place of an object is the commonest failure of Resolve's scripts."""
    with pytest.raises(RefusedError, match=r"AddTrack\('video'\): there is no timeline: "):
        caller.ask(None, "Timeline.AddTrack", "video")


def test_a_function_of_a_newer_resolve_is_refused_with_the_version(caller: Caller) -> None:
    """An object of Resolve claims to have any function; the table knows better."""
    timeline = Timeline({"a": 1})

    assert not caller.can(timeline, "Timeline.GetSettings")
    with pytest.raises(
        RefusedError, match=r"19\.1\.0.*has no such function: update to .* 21\.1\.0"
    ):
        caller.ask(timeline, "Timeline.GetSettings")


def test_a_function_that_is_there_in_name_only_is_refused(caller: Caller) -> None:
    """`getattr` of a missing function gives None, which cannot be called."""
    ghost = Timeline(answer=True)
    ghost.AddTrack = None  # type: ignore[method-assign, assignment]

    with pytest.raises(RefusedError, match="no such function"):
        caller.ask(ghost, "Timeline.AddTrack", "video")


@pytest.mark.parametrize("answer", [None, "3", True])
def test_number_refuses_what_is_none(caller: Caller, answer: object) -> None:
    """A ghost of a clip answers None where a number must be."""
    with pytest.raises(RefusedError, match="instead of a number"):
        caller.number(Timeline(answer), "Timeline.GetTrackCount", "video")


def test_number_hands_over_zero(caller: Caller) -> None:
    """A track count of 0 is a number."""
    assert caller.number(Timeline(0), "Timeline.GetTrackCount", "video") == 0


@pytest.mark.parametrize(("answer", "listed"), [(None, []), ([], []), ([1, 2], [1, 2])])
def test_listed_takes_none_for_an_empty_list(
    caller: Caller, answer: object, listed: list[int]
) -> None:
    """Resolve answers either for an empty track."""
    assert caller.listed(Timeline(answer), "Timeline.GetItemListInTrack", "video", 1) == listed


def test_a_call_that_hangs_is_told_and_goes_on(caller: Caller, said: list[str]) -> None:
    """With a dialog open Resolve does not answer at all; the user is told to close it."""
    caller.patience = 0.02
    modal = Timeline(answer=True)
    modal.AddTrack = lambda *_args: _wait_until(said)  # type: ignore[method-assign]

    with caller.watched():
        assert caller.demand(modal, "Timeline.AddTrack", "video") is True
    sentence = (
        "AddTrack('video'): Resolve has not answered for 0.02 s: look for an open dialog in "
        "Resolve and close it; this entry then goes on"
    )
    assert said == [sentence]


def _wait_until(said: list[str]) -> bool:
    """Do not answer before the user was told, or five seconds are over."""
    for _ in range(500):
        if said:
            break
        time.sleep(0.01)
    return True


def test_a_quick_call_says_nothing(caller: Caller, said: list[str]) -> None:
    """Patience is not told of."""
    caller.patience = 0.02
    with caller.watched():
        for _ in range(10):
            caller.demand(Timeline(answer=True), "Timeline.AddTrack", "video")
            time.sleep(0.01)

    assert said == []


def test_every_call_is_in_the_journal(caller: Caller) -> None:
    """Name, arguments and answer; an object of Resolve by its type's name."""
    caller.demand(Timeline(answer=True), "Timeline.AddTrack", "video")
    with pytest.raises(RefusedError):
        caller.ask(Timeline(OSError("gone")), "Timeline.AddTrack", {"index": 1}, object())

    assert caller.journal.calls == [
        {"call": "Timeline.AddTrack", "args": ["video"], "answer": True},
        {
            "call": "Timeline.AddTrack",
            "args": [{"index": 1}, "<object>"],
            "answer": "OSError: gone",
        },
    ]


def test_zero_is_no_refusal_and_empty_is() -> None:
    """Resolve counts from 0 in places."""
    assert not is_refusal(0)
    assert is_refusal("")


def test_explain_tells_our_own_mistakes_as_such() -> None:
    """A colourist is not left alone with a traceback."""
    assert explain(BridgeError("a", "b", "c")) == "a: b: c"
    assert "this is a mistake in ChromaResolve, please report it" in explain(KeyError("x"))


def test_every_refusal_has_a_remedy() -> None:
    """Also those whose meaning nobody documents."""
    assert all(method.remedy for method in METHODS.values())
    assert all(method.since >= OLDEST for method in METHODS.values())


class Anything:
    """An object of Resolve that has every function, and gives one answer to all."""

    def __init__(self, answer: object) -> None:
        """Remember the answer; an exception is raised."""
        self._answer = answer

    def __getattr__(self, name: str) -> Callable[..., object]:
        """Return a function."""
        timeline = Timeline(self._answer)
        return timeline.AddTrack


@pytest.mark.parametrize("name", sorted(METHODS))
def test_every_function_has_a_sentence_for_each_way_to_fail(
    name: str, tmp_path: Path, said: list[str]
) -> None:
    """False, None, an error, no object, a ghost for a number, a list or a name."""
    newest = Caller((99, 0, 0), Journal(tmp_path, "test", show=said.append))
    method, short = METHODS[name], name.partition(".")[2]
    sentences = []
    for answer in (False, None, ConnectionError("gone")):
        with pytest.raises(RefusedError) as caught:
            newest.demand(Anything(answer), name)
        sentences.append(str(caught.value))
    for reader in (newest.number, newest.text, newest.listed, newest.mapping):
        with pytest.raises(RefusedError) as caught:
            reader(Anything(object()), name)
        sentences.append(str(caught.value))
    with pytest.raises(RefusedError) as caught:
        newest.demand(None, name)
    sentences.append(str(caught.value))

    meaning = f"{method.refusal} (" if method.refusal else ""
    assert sentences[0] == (
        f"{short}(): {meaning}Resolve answered False{')' if meaning else ''}: {method.remedy}"
    )
    assert "Resolve failed with ConnectionError (gone)" in sentences[2]
    assert all("instead of a" in one and "'<object>'" in one for one in sentences[3:7])
    assert "there is no " in sentences[7]
    assert all(one.startswith(f"{short}(): ") for one in sentences)
    assert all(one.endswith(method.remedy) for one in sentences)
