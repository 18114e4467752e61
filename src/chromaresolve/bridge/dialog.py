"""Asking in a window of Resolve's own, where the edition has one (Studio's UIManager)."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping, Sequence, Tuple

from .errors import CancelledError
from .questions import Answers, Question
from .session import Session

WINDOW = "com.chromaresolve.window"
"""The window's identity: a second one of the same is refused by Resolve."""


def can_ask(session: Session) -> bool:
    """Say whether dialogs may be opened: on the free edition even looking shows a paywall."""
    if not session.is_studio:
        return False
    bmd = session.names.get("bmd")
    ui = getattr(session.names.get("fusion"), "UIManager", None)
    return ui is not None and callable(getattr(bmd, "UIDispatcher", None))


def ask(
    session: Session, title: str, questions: Sequence[Question], known: Mapping[str, Any]
) -> Answers:
    """Ask in a window; return an answer to each question.

    Raises:
        CancelledError: The user closed the window or chose Cancel.
    """
    ui, dispatcher = _window_maker(session)
    window = dispatcher.AddWindow(
        {"ID": WINDOW, "WindowTitle": f"ChromaResolve: {title}", "Geometry": [200, 200, 720, 80]},
        [ui.VGroup({"Spacing": 6}, [*_rows(ui, questions, known), _buttons(ui)])],
    )
    fields = window.GetItems()
    for one in questions:
        _offer_choices(fields[one.key], one, known.get(one.key))
    agreed: List[bool] = []

    def accept(_event: Any) -> None:
        agreed.append(True)
        dispatcher.ExitLoop()

    def leave(_event: Any) -> None:
        dispatcher.ExitLoop()

    window.On["ok"].Clicked = accept
    window.On["cancel"].Clicked = leave
    window.On[WINDOW].Close = leave
    window.Show()
    dispatcher.RunLoop()
    answers = {one.key: _answer(one, fields[one.key]) for one in questions}
    window.Hide()
    if not agreed:
        raise CancelledError(title)
    return answers


def _window_maker(session: Session) -> Tuple[Any, Any]:
    """Return Resolve's UIManager and a dispatcher for its windows."""
    ui = session.names["fusion"].UIManager
    return ui, session.names["bmd"].UIDispatcher(ui)


def _rows(ui: Any, questions: Sequence[Question], known: Mapping[str, Any]) -> List[Any]:
    return [
        ui.HGroup(
            {"Weight": 0},
            [ui.Label({"Text": one.label, "Weight": 0.4}), _field(ui, one, known.get(one.key))],
        )
        for one in questions
    ]


def _field(ui: Any, question: Question, known: Any) -> Any:
    value = question.default if known is None else known
    look: Dict[str, Any] = {"ID": question.key, "Weight": 0.6, "ToolTip": question.hint}
    if question.choices:
        return ui.ComboBox(look)  # it takes its choices only when the window is there
    if isinstance(question.default, bool):
        return ui.CheckBox({**look, "Checked": bool(value)})
    return ui.LineEdit({**look, "Text": str(value), "PlaceholderText": question.hint})


def _offer_choices(field: Any, question: Question, known: Any) -> None:
    for choice in question.choices:
        field.AddItem(choice)
    if question.choices:
        field.CurrentText = str(question.default if known is None else known)


def _buttons(ui: Any) -> Any:
    return ui.HGroup(
        {"Weight": 0},
        [ui.Button({"ID": "cancel", "Text": "Cancel"}), ui.Button({"ID": "ok", "Text": "OK"})],
    )


def _answer(question: Question, field: Any) -> Any:
    if question.choices:
        return str(field.CurrentText)
    if isinstance(question.default, bool):
        return bool(field.Checked)
    text = str(field.Text).strip()
    if isinstance(question.default, (int, float)):
        try:
            return type(question.default)(text)
        except ValueError:
            return text  # checked, and said aloud, with the other answers
    return text
