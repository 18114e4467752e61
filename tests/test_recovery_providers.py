"""Providers: the fastest that starts, aloud; what is missing, by name; and never wrong numbers."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import onnxruntime as ort
import pytest
from onnxruntime.capi import onnxruntime_pybind11_state as ort_errors

from chromaresolve.errors import ModelError, StageError
from chromaresolve.recovery import providers, sessions
from chromaresolve.recovery.model import HALF, Model
from chromaresolve.recovery.providers import PROVIDERS, Provider, choose_provider, missing_library
from chromaresolve.recovery.proving import FULL_TOLERANCE, HALF_TOLERANCE, ON_CPU, prove
from chromaresolve.recovery.sessions import (
    OUT_OF_MEMORY,
    Wanted,
    open_session,
    provider_options,
    run_error,
)
from tiny_model import Off, noise, on_device, write_model

NO_CUBLAS = "libcublasLt.so.12: cannot open shared object file: No such file or directory"
"""How the system's loader says that a library is not there (dlerror of glibc)."""


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Set what this machine seems to have: providers, a driver, and what is missing for them."""

    def install(*names: str, driver: bool = False, missing: dict[str, str] | None = None) -> None:
        theirs = [PROVIDERS[name] for name in names]
        monkeypatch.setattr(ort, "get_available_providers", lambda: theirs)
        monkeypatch.setattr(providers, "has_driver", lambda: driver)
        monkeypatch.setattr(
            providers, "missing_library", lambda name: (missing or {}).get(name, "")
        )

    return install


@pytest.mark.parametrize(
    ("there", "expected"),
    [
        pytest.param(("cpu", "cuda", "tensorrt"), "tensorrt", id="all of NVIDIA"),
        pytest.param(("cpu", "cuda"), "cuda", id="a graphics card"),
        pytest.param(("cpu", "openvino", "directml"), "directml", id="Windows"),
        pytest.param(("cpu", "coreml"), "coreml", id="a Mac"),
        pytest.param(("cpu", "openvino"), "openvino", id="an Intel processor"),
        pytest.param(("cpu",), "cpu", id="any machine"),
    ],
)
def test_auto_takes_the_fastest(
    installed: Callable[..., None], there: tuple[str, ...], expected: str
) -> None:
    """Whatever order onnxruntime lists them in."""
    installed(*there, driver=True)

    chosen = choose_provider("auto")

    assert chosen.name == expected
    assert chosen.is_cpu == (expected == "cpu")


def test_auto_says_what_it_passed_over(installed: Callable[..., None]) -> None:
    """A wheel for graphics cards on a machine without one: the processor, and why."""
    installed("tensorrt", "cuda", "cpu", driver=False)

    chosen = choose_provider("auto")

    assert chosen.name == "cpu"
    assert "cuda: this machine has no NVIDIA driver" in chosen.reason


def test_auto_does_without_tensorrt(installed: Callable[..., None]) -> None:
    """Most machines with a card have no TensorRT: CUDA it is, and the line that brings it."""
    missing = {"tensorrt": "libnvinfer.so.10 is missing: type `pip install tensorrt`"}
    installed("tensorrt", "cuda", "cpu", driver=True, missing=missing)

    chosen = choose_provider("auto")

    assert chosen.name == "cuda"
    assert "libnvinfer.so.10 is missing: type `pip install tensorrt`" in chosen.reason


def test_auto_does_not_leave_a_card_idle(installed: Callable[..., None]) -> None:
    """A card whose provider does not start: an error, for the processor takes a hundred times."""
    installed("cuda", "cpu", driver=True, missing={"cuda": "libcudnn.so.9 is missing: type `x`"})

    with pytest.raises(StageError, match=r"cuda: libcudnn\.so\.9 is missing: type `x`; or ask for"):
        choose_provider("auto")


def test_named_provider_that_lacks_a_library_is_refused(installed: Callable[..., None]) -> None:
    """Asked for by name: never another in its place."""
    installed("tensorrt", "cuda", "cpu", driver=True, missing={"tensorrt": "libnvinfer is missing"})

    with pytest.raises(StageError, match="tensorrt was asked for, but libnvinfer is missing; or"):
        choose_provider("tensorrt")
    assert choose_provider("cuda") == Provider("cuda", "asked for")


def test_named_provider_without_a_driver_is_refused(installed: Callable[..., None]) -> None:
    """The driver is the machine's own: no pip line brings it."""
    installed("cuda", "cpu", driver=False)

    with pytest.raises(StageError, match="cuda was asked for, but this machine has no NVIDIA"):
        choose_provider("cuda")


def test_no_provider_is_an_error(installed: Callable[..., None]) -> None:
    """A broken installation."""
    installed()

    with pytest.raises(StageError, match="brings no provider at all: type `pip install"):
        choose_provider("auto")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param(
            NO_CUBLAS,
            "libcublasLt.so.12 is missing: type `pip install 'onnxruntime-gpu[cuda,cudnn]'`",
            id="CUDA",
        ),
        pytest.param(
            "libnvinfer.so.10: cannot open shared object file: No such file or directory",
            "libnvinfer.so.10 is missing: type `pip install tensorrt`",
            id="TensorRT",
        ),
        pytest.param(
            "Could not find module 'C:\\x\\cudnn64_9.dll' (or one of its dependencies).",
            "cudnn64_9.dll is missing: type `pip install 'onnxruntime-gpu[cuda,cudnn]'`",
            id="Windows",
        ),
        pytest.param(
            "/x/libonnxruntime_providers_shared.so: cannot open shared object file",
            "libonnxruntime_providers_shared.so is missing: type `pip uninstall onnxruntime; pip "
            "install 'chromaresolve[gpu]'`",
            id="the wheel itself",
        ),
        pytest.param(
            "the specified procedure\ncould not be found",
            "the specified procedure could not be found is missing: type `pip uninstall "
            "onnxruntime; pip install 'chromaresolve[gpu]'`",
            id="no name",
        ),
    ],
)
def test_missing_library_is_named_with_what_brings_it(
    monkeypatch: pytest.MonkeyPatch, words: str, said: str
) -> None:
    """The loader's own words name the library, and the name tells the pip line."""

    def refuse(*_args: object, **_options: object) -> None:
        raise OSError(words)

    monkeypatch.setattr(ctypes, "CDLL", refuse)
    monkeypatch.setattr(ort, "preload_dlls", lambda: None, raising=False)

    assert missing_library("cuda") == said


@pytest.mark.parametrize("fell_to", [["CPUExecutionProvider"], ["CUDAExecutionProvider", "CPU"]])
def test_silent_fallback_names_the_missing_library(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fell_to: list[str]
) -> None:
    """A session that runs elsewhere than it was sent, on whatever, is an error, not a slow film."""
    monkeypatch.setattr(
        ort, "InferenceSession", lambda *_a, **_o: SimpleNamespace(get_providers=lambda: fell_to)
    )
    monkeypatch.setattr(sessions, "missing_library", lambda _: "libnvinfer.so.10 is missing: type")
    monkeypatch.setattr(sessions, "user_cache_path", lambda *_a, **_o: tmp_path)

    with pytest.raises(StageError, match=r"tensorrt is installed but did not start.*libnvinfer"):
        open_session(tmp_path / "model.onnx", Provider("tensorrt", "asked for"), Wanted())


def test_options_hold_cuda_to_float32(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without TF32, whose ten bits miss the tolerance; a graph only where the size is fixed."""
    monkeypatch.setattr(sessions, "user_cache_path", lambda *_a, **_o: tmp_path)

    any_size = provider_options("cuda", Wanted())
    one_size = provider_options("cuda", Wanted(size=(1556, 2048)))

    assert any_size["use_tf32"] == one_size["use_tf32"] == "0"
    assert (any_size["enable_cuda_graph"], one_size["enable_cuda_graph"]) == ("0", "1")
    assert provider_options("cpu", Wanted()) == {}


def test_options_give_tensorrt_a_cache_and_sizes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Engines take minutes to build: they are kept; and they are built for the largest plate."""
    monkeypatch.setattr(sessions, "user_cache_path", lambda *_a, **_o: tmp_path)

    options = provider_options("tensorrt", Wanted(largest=(3112, 4096), is_half=True))

    assert options["trt_engine_cache_path"] == str(tmp_path)
    assert options["trt_profile_max_shapes"] == "plate:1x3x3112x4096"
    assert options["trt_fp16_enable"] == "1"
    assert set(map(type, options.values())) == {str}


@pytest.mark.parametrize("words", OUT_OF_MEMORY)
def test_run_that_lacks_memory_is_known(words: str) -> None:
    """Each provider says it otherwise, in letters large or small."""
    error = ort_errors.RuntimeException(f"Non-zero status.\nCUDA: {words.upper()} of 7 bytes")

    said = run_error(session_on("CUDAExecutionProvider"), error)

    assert isinstance(said, MemoryError)


def test_run_that_fails_names_the_provider() -> None:
    """The command line's name, the provider's own words on one line, and what to do."""
    error = ort_errors.Fail("CUDA failure 700:\n an illegal memory access")

    said = run_error(session_on("CUDAExecutionProvider"), error)

    assert isinstance(said, StageError)
    assert str(said) == (
        "cuda: failed while running the model (CUDA failure 700: an illegal memory access): what "
        "is recovered is whole; run the same command again, or with --provider cpu"
    )


def test_run_of_a_wrong_shape_is_named(tmp_path: Path) -> None:
    """A refusal of onnxruntime's own, of a real session, comes as ours."""
    model = Model.open(write_model(tmp_path / "model.onnx"), ON_CPU)

    with pytest.raises(StageError, match=r"cpu: failed while running the model \(.*invalid dim"):
        model.run(np.zeros((9, 9, 4), np.float32))


def session_on(theirs: str) -> ort.InferenceSession:
    """A session that says where it runs."""
    return SimpleNamespace(get_providers=lambda: [theirs, "CPUExecutionProvider"])


@pytest.fixture
def exact(tmp_path: Path) -> Model:
    """The float32 model on the processor."""
    return Model.open(write_model(tmp_path / "model.onnx"), ON_CPU)


@pytest.mark.parametrize(
    ("precision", "by", "is_near"),
    [
        pytest.param("float32", 0.8 * FULL_TOLERANCE, True, id="float32 near"),
        pytest.param("float32", 2 * FULL_TOLERANCE, False, id="float32 off"),
        pytest.param(HALF, 0.8 * HALF_TOLERANCE, True, id="float16 near"),
        pytest.param(HALF, 2 * HALF_TOLERANCE, False, id="float16 off"),
        pytest.param(HALF, np.nan, False, id="no number"),
        pytest.param("float32", np.inf, False, id="infinite"),
    ],
)
def test_provider_is_held_against_the_processor(
    exact: Model, precision: str, by: float, *, is_near: bool
) -> None:
    """Near enough: how near is said. Not: nothing is rendered with it, and it is named."""
    runner = Off(exact, by)
    model = on_device(exact, runner, precision=precision)

    if is_near:
        assert prove(model, model, exact.path, noise(1, 300, 400)).startswith(
            f"openvino in {precision}: "
        )
    else:
        with pytest.raises(
            StageError, match=f"openvino: gives other numbers than .*{precision} is"
        ):
            prove(model, model, exact.path, noise(1, 300, 400))
    assert runner.sizes == [(253, 381)]


def test_plate_smaller_than_the_proof_will_do(exact: Model) -> None:
    """A proxy is proven whole."""
    runner = Off(exact, 1.0, (0, 0, 3, 3))

    with pytest.raises(StageError, match="gives other numbers"):
        prove(proxy := on_device(exact, runner), proxy, exact.path, noise(1))
    assert runner.sizes == [(45, 63)]


@pytest.mark.parametrize("by", [1.0, np.nan])
def test_model_made_ready_for_one_size_is_proven_too(exact: Model, by: float) -> None:
    """What is used is what is compared: for whole plates of one size it is another session."""
    model = on_device(exact, Off(exact, 0.0))
    honest, lying = (on_device(exact, Off(exact, off, (0, 0, 7, 7))) for off in (0.0, by))

    assert "0.0e+00 from the processor" in prove(model, honest, exact.path, noise(1, 300, 400))
    with pytest.raises(StageError, match="openvino: gives other numbers than the processor"):
        prove(model, lying, exact.path, noise(1, 300, 400))


def test_processor_itself_needs_no_proof(exact: Model) -> None:
    """Float32 on the processor is what all others are compared with."""
    assert prove(exact, exact, exact.path, noise(1)) == ""


def test_half_of_another_training_is_refused(exact: Model, tmp_path: Path) -> None:
    """The two files beside each other must be one training's."""
    other = write_model(tmp_path / "other.onnx", checkpoint="another")
    model = on_device(exact, Off(exact, 0.0), precision=HALF)

    with pytest.raises(StageError, match=r"is not the half of other\.onnx, which was trained oth"):
        prove(model, model, other, noise(1))


def test_missing_exact_model_is_named(exact: Model, tmp_path: Path) -> None:
    """What it is to be compared with is not there."""
    model = on_device(exact, Off(exact, 0.0))

    with pytest.raises(ModelError, match="there is no model"):
        prove(model, model, tmp_path / "gone.onnx", noise(1))
