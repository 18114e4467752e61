"""Fusion's UIManager, as far as a dialog with fields and buttons needs it, answered by a script."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from resolve_sim.world import World

ELEMENTS = (
    "VGroup", "HGroup", "Label", "LineEdit", "Button", "ComboBox", "CheckBox", "TextEdit",
    "VGap", "HGap", "Tree", "SpinBox",
)  # fmt: skip
"""What UIManager can make here."""


@dataclass
class Answers:
    """What the user will do in the next dialogs."""

    fill: dict[str, object] = field(default_factory=dict)
    """Values by item ID: text, True or False, or the text of a choice."""
    click: list[str] = field(default_factory=list)
    """IDs of buttons, one for each dialog; `close` closes the window."""
    shown: list[dict[str, object]] = field(default_factory=list)
    """What each dialog held when it was answered: the value of every item with an ID."""


class Element:
    """One item of a dialog."""

    def __init__(self, kind: str, *parts: object) -> None:
        """Take attributes from dicts, and children from lists and elements."""
        self.kind = kind
        self.ID = ""
        self.Text = ""
        self.Checked = False
        self.CurrentText = ""
        self.CurrentIndex = -1
        self.choices: list[str] = []
        self.children: list[Element] = []
        for part in parts:
            if isinstance(part, dict):
                vars(self).update(part)
            elif isinstance(part, (list, tuple)):
                self.children += [one for one in part if isinstance(one, Element)]
            elif isinstance(part, Element):
                self.children.append(part)

    def walk(self) -> Iterator[Element]:
        """Go through this item and all in it."""
        yield self
        for child in self.children:
            yield from child.walk()

    def AddItem(self, text: str) -> None:
        """Add a choice; the first is chosen."""
        self.choices.append(text)
        if len(self.choices) == 1:
            self.CurrentIndex, self.CurrentText = 0, text

    def AddItems(self, texts: list[str]) -> None:
        """Add choices."""
        for text in texts:
            self.AddItem(text)

    @property
    def value(self) -> object:
        """What the user set."""
        return {"CheckBox": self.Checked, "ComboBox": self.CurrentText}.get(self.kind, self.Text)

    def fill(self, value: object) -> None:
        """Set what the user would."""
        if self.kind == "CheckBox":
            self.Checked = bool(value)
        elif self.kind == "ComboBox":
            if value not in self.choices:
                raise AssertionError(f"{self.ID!r} offers {self.choices}, not {value!r}")
            self.CurrentText = str(value)
            self.CurrentIndex = self.choices.index(self.CurrentText)
        else:
            self.Text = str(value)


class Events:
    """What happens on one item's events: attributes named after them."""

    Clicked: Callable[[dict[str, object]], object] | None = None
    Close: Callable[[dict[str, object]], object] | None = None


class Handlers(defaultdict[str, Events]):
    """`window.On.OK.Clicked`, or `window.On["OK"].Clicked`."""

    def __init__(self) -> None:
        """Begin with nothing that happens."""
        super().__init__(Events)

    def __getattr__(self, name: str) -> Events:
        """Return what happens on an item's events."""
        if name.startswith("__"):
            raise AttributeError(name)
        return self[name]


class Window(Element):
    """One dialog."""

    def __init__(self, parts: tuple[object, ...]) -> None:
        """Begin hidden."""
        super().__init__("Window", *parts)
        self.On = Handlers()
        self.is_shown = False

    def GetItems(self) -> dict[str, Element]:
        """Return the items by their IDs."""
        return {one.ID: one for one in self.walk() if one.ID and one is not self}

    def Find(self, identity: str) -> Element | None:
        """Return one item."""
        return self.GetItems().get(identity)

    def Show(self) -> None:
        """Show the dialog."""
        self.is_shown = True

    def Hide(self) -> None:
        """Hide the dialog."""
        self.is_shown = False


class UIManager:
    """Makes items."""

    def __getattr__(self, name: str) -> Callable[..., Element]:
        """Return the maker of a kind of item."""
        if name not in ELEMENTS:
            raise AttributeError(name)
        return lambda *parts: Element(name, *parts)


class UIDispatcher:
    """Makes windows, and runs them by the script of answers."""

    def __init__(self, ui: object, answers: Answers) -> None:
        """Need a UIManager."""
        if not isinstance(ui, UIManager):
            raise TypeError("UIDispatcher needs fusion.UIManager")
        self.answers = answers
        self.windows: list[Window] = []
        self.left: list[object] = []

    def AddWindow(self, *parts: object) -> Window:
        """Make a window of attributes and items."""
        window = Window(parts)
        self.windows.append(window)
        return window

    def ExitLoop(self, code: object = None) -> None:
        """Let RunLoop return."""
        self.left.append(code)

    def RunLoop(self) -> object:
        """Fill in and click as the answers say; a dialog that stays open is an error."""
        window = next(one for one in reversed(self.windows) if one.is_shown)
        items = window.GetItems()
        for identity, value in self.answers.fill.items():
            if identity in items:
                items[identity].fill(value)
        self.answers.shown.append({identity: item.value for identity, item in items.items()})
        button = self.answers.click.pop(0) if self.answers.click else "close"
        event: dict[str, object] = {"who": button, "window": window}
        handlers = window.On[window.ID if button == "close" else button]
        handler = handlers.Close if button == "close" else handlers.Clicked
        if handler is not None:
            handler(event)
        if not self.left:
            raise AssertionError(f"the dialog {window.ID!r} stays open after {button!r}")
        return self.left.pop()


class Fusion:
    """The global `fusion`: only what a dialog needs, and the paywall of the free edition."""

    def __init__(self, world: World) -> None:
        """Begin."""
        self.world = world
        self.resolve: Any = None

    @property
    def UIManager(self) -> UIManager | None:
        """The maker of dialogs; in free from 19.1 None, and a dialog that wants money."""
        there = self.world.switches.ui_manager
        if there is None:
            there = self.world.is_studio or not self.world.at_least(19, 1)
        if not there and self.world.switches.paywall_blocks:
            self.world.modal = True
        return UIManager() if there else None

    def GetResolve(self) -> Any:
        """Return Resolve."""
        return self.resolve


class Bmd:
    """The global `bmd`."""

    def __init__(self, fusion: Fusion, answers: Answers) -> None:
        """Know where Resolve and Fusion are."""
        self.fusion = fusion
        self.answers = answers

    def scriptapp(self, name: str) -> Any:
        """Return Resolve or Fusion."""
        return {"Resolve": self.fusion.resolve, "Fusion": self.fusion}.get(name)

    def UIDispatcher(self, ui: object) -> UIDispatcher:
        """Return what runs dialogs."""
        return UIDispatcher(ui, self.answers)
