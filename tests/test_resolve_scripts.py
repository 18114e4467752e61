"""The menu: launchers that need nothing but Python 3.8, and a Lua entry that needs no Python."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from lupa import lua51, luajit21

from chromaresolve.bridge.install import SOURCE, bake
from chromaresolve.bridge.menu import STEPS
from interpreters import Interpreter, interpreter_cases

SCRIPTS = Path(__file__).parents[1] / "resolve_scripts"
LAUNCHERS = sorted(SCRIPTS.glob("*.py"))
"""Every Python entry of the menu."""

CANARY = SCRIPTS / "Where Are the Other Entries.lua"
BRIDGE = sorted(SOURCE.rglob("*.py"))
"""Every module that is copied into the data folder."""

FLOOR = (3, 8)
"""The oldest Python that must understand all of it."""

RUN = """
import sys
folder = sys.argv[1]
for title in TITLES:
    with open(folder + "/scripts/" + title, encoding="utf-8") as file:
        code = compile(file.read(), title, "exec")
    exec(code, {"__name__": "__main__", "resolve": "this Resolve"})
"""
"""What Resolve does with a menu script, at the least: no `__file__`, nothing but the globals."""

FAKE_MENU = """
def start(step, names, home):
    print(step, names["resolve"], "__file__" in names, ascii(home))
"""
"""A bridge that says what it was asked for."""

HERE = Interpreter("this one", (sys.executable, "-I", "-S", "-c"))
"""The Python that runs the tests, without its libraries."""


def step_of(launcher: Path) -> str:
    """Return the step a launcher starts."""
    for node in ast.walk(ast.parse(launcher.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "menu.start":
            return str(ast.literal_eval(node.args[0]))
    raise AssertionError(f"{launcher.name} starts nothing")


def run_launchers(interpreter: Interpreter, folder: Path, home: Path, *launchers: Path) -> str:
    """Bake launchers with a data folder, run them as Resolve would, return what they print."""
    (folder / "scripts").mkdir()
    for launcher in launchers:
        text = bake(launcher.read_text(encoding="utf-8"), home)
        (folder / "scripts" / launcher.name).write_text(text, encoding="utf-8")
    titles = [launcher.name for launcher in launchers]
    return interpreter.run(RUN.replace("TITLES", repr(titles)), folder)


def write_bridge(home: Path, menu: str = FAKE_MENU) -> Path:
    """Put a bridge into a data folder."""
    (home / "chromaresolve_bridge").mkdir(parents=True)
    (home / "chromaresolve_bridge/__init__.py").touch()
    (home / "chromaresolve_bridge/menu.py").write_text(menu, encoding="utf-8")
    return home


def test_menu_has_every_step_in_order() -> None:
    """The numbered titles follow the workflow; what has no number comes after."""
    titles = [launcher.stem for launcher in LAUNCHERS]

    assert [step_of(launcher) for launcher in LAUNCHERS] == list(STEPS)
    assert [title.split()[0] for title in titles] == [*map(str, range(1, 10)), "Place", "Record"]


@pytest.mark.parametrize("launcher", LAUNCHERS, ids=lambda path: path.stem)
def test_launchers_differ_in_docstring_and_step_alone(launcher: Path) -> None:
    """What they share is written once more in each, so it must not drift."""
    first, other = (path.read_text(encoding="utf-8") for path in (LAUNCHERS[0], launcher))

    expected = first.split("\n", 1)[1].replace(step_of(LAUNCHERS[0]), step_of(launcher))
    assert other.split("\n", 1)[1] == expected
    assert f"ChromaResolve, {launcher.stem}: " in other.split("\n", 1)[0]


@pytest.mark.parametrize("path", [*LAUNCHERS, *BRIDGE], ids=lambda path: path.stem)
def test_grammar_is_that_of_the_oldest_python(path: Path) -> None:
    """What Resolve lists without a word and then cannot start would be the worst of all."""
    ast.parse(path.read_text(encoding="utf-8"), feature_version=FLOOR)


@pytest.mark.parametrize("path", [*LAUNCHERS, *BRIDGE], ids=lambda path: path.stem)
def test_only_the_standard_library_is_imported(path: Path) -> None:
    """Resolve's Python must never see the tool's own libraries, nor the tool."""
    imported: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            imported.update(alias.name.split(".")[0] for alias in node.names)
        if isinstance(node, ast.ImportFrom) and node.level == 0:
            imported.add((node.module or "").split(".")[0])

    # DaVinciResolveScript is Resolve's own, and asked for where no global name helps.
    known = {*sys.stdlib_module_names, "chromaresolve_bridge", "DaVinciResolveScript"}
    assert imported <= known


def test_vermin_finds_nothing_newer_than_the_oldest_python() -> None:
    """Library calls too: grammar alone does not see `str.removeprefix`."""
    vermin = [sys.executable, "-c", "from vermin import main; main()"]
    words = ["-t=3.8-", "--violations", "--no-tips", *map(str, (*LAUNCHERS, *BRIDGE))]

    shown = subprocess.run([*vermin, *words], capture_output=True, text=True, check=False)

    assert shown.returncode == 0, shown.stdout + shown.stderr


def test_launchers_start_their_steps(tmp_path: Path) -> None:
    """Each hands on its step, Resolve's names and the data folder, which has spaces and accents."""
    home = write_bridge(tmp_path / "l'été à 映画")

    shown = run_launchers(HERE, tmp_path, home, *LAUNCHERS)

    expected = [f"{step} this Resolve False {str(home)!a}" for step in STEPS]
    assert shown.splitlines() == expected


@pytest.mark.parametrize("interpreter", interpreter_cases())
def test_launchers_start_on_other_pythons(tmp_path: Path, interpreter: Interpreter) -> None:
    """The same on older and newer ones."""
    home = write_bridge(tmp_path / "l'été à 映画")

    shown = run_launchers(interpreter, tmp_path, home, *LAUNCHERS)

    assert [line.split()[0] for line in shown.splitlines()] == list(STEPS)


@pytest.mark.parametrize("interpreter", interpreter_cases())
def test_bridge_runs_on_other_pythons(tmp_path: Path, interpreter: Interpreter) -> None:
    """Every module of a copied bridge imports, and a plain function does its work."""
    package = tmp_path / "chromaresolve_bridge"
    for path in BRIDGE:
        (package / path.relative_to(SOURCE)).parent.mkdir(parents=True, exist_ok=True)
        (package / path.relative_to(SOURCE)).write_bytes(path.read_bytes())
    code = (
        "import importlib, pkgutil, sys; sys.path.insert(0, sys.argv[1]); "
        "import chromaresolve_bridge as bridge; "
        "names = sorted(one.name for one in pkgutil.iter_modules(bridge.__path__)); "
        "[importlib.import_module('chromaresolve_bridge.' + name) for name in names]; "
        "from chromaresolve_bridge.places import parse_version; "
        "print(len(names), parse_version('21.0.4'))"
    )

    shown = interpreter.run(code, tmp_path)

    modules = [path for path in SOURCE.glob("*.py") if path.stem != "__init__"]
    assert shown.strip() == f"{len(modules)} (21, 0, 4)"


@pytest.mark.parametrize(
    ("menu", "because"),
    [
        pytest.param(None, "No module named 'chromaresolve_bridge'", id="missing"),
        pytest.param("def f(a, /): return (b := ", "menu.py", id="grammar of a newer Python"),
        pytest.param("from typing import NoSuchName", "NoSuchName", id="newer library"),
    ],
)
def test_launcher_without_its_bridge_says_what_to_type(
    tmp_path: Path, menu: str | None, because: str
) -> None:
    """One sentence why, one what to do, and no traceback."""
    home = write_bridge(tmp_path / "home", menu) if menu else tmp_path / "gone"

    shown = run_launchers(HERE, tmp_path, home, LAUNCHERS[0]).splitlines()

    assert len(shown) == 2
    assert str(home) in shown[0]
    assert because in shown[0]
    assert f"Python {sys.version.split()[0]}" in shown[0]
    assert "type `chromaresolve resolve install`" in shown[1]


@pytest.mark.parametrize(
    "home", [r"C:\Users\new\x", "/home/a'b\"c", "/Users/zoë", "/a\nb", "/@@HOME@@"]
)
def test_baked_folder_reads_back_the_same(home: str) -> None:
    """Backslashes, quotes, accents: in ASCII, and as Python reads it."""
    text = bake(LAUNCHERS[0].read_text(encoding="utf-8"), Path(home))

    (line,) = [line for line in text.splitlines() if line.startswith("HOME")]
    assert line.isascii()
    assert ast.literal_eval(line.split(" = ")[1]) == str(Path(home))


NAMES = """
found = {{
  GetProductName = function(self) return {product} end,
  GetVersionString = function(self) return {version} end,
}}
"""
"""A Resolve as far as the Lua entry asks it."""

REACH = {
    "resolve": "resolve = found",
    "bmd": "bmd = {scriptapp = function(name) return name == 'Resolve' and found or nil end}",
    "app": "app = {GetResolve = function(self) return self == app and found or nil end}",
    "none": "",
}
"""How a script may come to it."""

Runtime = Callable[[], "lua51.LuaRuntime"]


def run_canary(lua: Runtime, product: str, version: str, *, reach: str = "resolve") -> str:
    """Run the Lua entry and return what it prints."""
    lines: list[str] = []
    runtime = lua()
    runtime.globals().print = lines.append
    runtime.execute(NAMES.format(product=product, version=version) + REACH[reach])
    runtime.execute(CANARY.read_text(encoding="utf-8"))
    return "\n".join(lines)


LUAS = [
    pytest.param(lua51.LuaRuntime, id="Lua 5.1"),
    pytest.param(luajit21.LuaRuntime, id="LuaJIT 2.1"),
]
"""What Resolve has had inside."""

FREE, STUDIO = "'DaVinci Resolve'", "'DaVinci Resolve Studio'"


@pytest.mark.parametrize("lua", LUAS)
@pytest.mark.parametrize(
    ("product", "version", "said"),
    [
        pytest.param(FREE, "'21.0.4.5'", "if it finds a Python 3.8", id="free 21.0"),
        pytest.param(STUDIO, "'21.0.4.5'", "if it finds a Python 3.8", id="Studio 21.0"),
        pytest.param(FREE, "'19.1.3.7'", "if it finds a Python 3.8", id="free 19.1"),
        pytest.param(FREE, "'21.1.0.12'", "only Resolve Studio lists", id="free 21.1"),
        pytest.param(FREE, "'22.0b1'", "only Resolve Studio lists", id="free 22"),
        pytest.param(STUDIO, "'21.1.0.12'", "with its own Python", id="Studio 21.1"),
        pytest.param(STUDIO, "'21.10'", "with its own Python", id="Studio 21.10"),
        pytest.param("nil", "nil", "did not say what it is", id="no answers"),
        pytest.param("error('x')", "error('x')", "did not say what it is", id="errors"),
    ],
)
def test_lua_entry_says_why(lua: Runtime, product: str, version: str, said: str) -> None:
    """Version and edition decide; the doctor is named in every case."""
    shown = run_canary(lua, product, version)

    assert said in shown
    assert shown.splitlines()[0].startswith("This is DaVinci Resolve")
    assert shown.splitlines()[-1].endswith("chromaresolve resolve doctor")
    assert ("--timeline SHOT.otio" in shown) == ("only Resolve Studio lists" in shown)


@pytest.mark.parametrize("lua", LUAS)
@pytest.mark.parametrize("reach", ["resolve", "bmd", "app"])
def test_lua_entry_finds_resolve_by_any_name(lua: Runtime, reach: str) -> None:
    """Which global names there are differs between versions and pages."""
    shown = run_canary(lua, STUDIO, "'21.1.0.12'", reach=reach)

    assert "This is DaVinci Resolve Studio 21.1.0.12." in shown


@pytest.mark.parametrize("lua", LUAS)
def test_lua_entry_works_without_resolve(lua: Runtime) -> None:
    """It says so, and where to look."""
    assert "did not say what it is" in run_canary(lua, FREE, "'21.1'", reach="none")
