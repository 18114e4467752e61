"""What is installed, and what to type for what is not."""

from __future__ import annotations

from importlib import metadata

import pytest

from chromaresolve import doctor


def verdicts() -> dict[str, str]:
    """What the doctor found, by subject."""
    return {finding.subject: finding.verdict for finding in doctor.examine()}


def test_this_environment_is_well() -> None:
    """Where the tests run, everything needed is there."""
    assert "missing" not in verdicts().values()
    assert verdicts()["training"] == "ok"


def test_missing_library_comes_with_its_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pip line names the distribution, not the module."""
    monkeypatch.setitem(doctor.NEEDED, "opencv-python-headless", "no_such_module")

    finding = next(f for f in doctor.examine() if f.subject == "opencv-python-headless")

    assert finding.verdict == "missing"
    assert "-m pip install --force-reinstall opencv-python-headless" in finding.sentence


def test_both_runtimes_together_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The CPU wheel and the GPU wheel overwrite each other; the doctor says so."""
    real = metadata.version
    monkeypatch.setattr(
        metadata, "version", lambda name: "1.0" if name in doctor.RUNTIMES else real(name)
    )

    finding = next(f for f in doctor.examine() if f.subject == "onnxruntime")

    assert finding.verdict == "missing"
    assert "both wheels are installed and overwrite each other" in finding.sentence


def test_no_training_is_only_a_note(monkeypatch: pytest.MonkeyPatch) -> None:
    """A render machine without PyTorch is well: recovery needs none."""
    monkeypatch.setitem(doctor.FOR_TRAINING, "torch", "no_such_module")

    finding = next(f for f in doctor.examine() if f.subject == "training")

    assert finding.verdict == "note"
    assert "pip install 'chromaresolve[train]'" in finding.sentence


def test_no_runtime_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without onnxruntime nothing can be recovered, and the line that brings it is there."""
    monkeypatch.setattr(doctor, "RUNTIMES", ("no-such-wheel",))

    finding = next(f for f in doctor.examine() if f.subject == "onnxruntime")

    assert finding.verdict == "missing"
    assert "pip install 'chromaresolve[cpu]'" in finding.sentence
