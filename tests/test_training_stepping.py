"""One step: the same whole or in parts, and weights that others have learnt."""

from __future__ import annotations

import copy
import shutil
from pathlib import Path

import pytest
import torch
from torch import Tensor

from chromaresolve.errors import ModelError, StageError
from chromaresolve.shot import Shot
from chromaresolve.training import Wish, train
from chromaresolve.training.batches import Batch
from chromaresolve.training.checkpoints import State, load_average
from chromaresolve.training.group import Group
from chromaresolve.training.network import ChromaNetwork
from chromaresolve.training.stepping import Stepper, follow
from chromaresolve.training.warm_start import find_weights, load_weights
from tiny import quiet, still

ORDER_OF_SUMS = 1e-4
"""Share of the gradient's length that the order of float32 sums may cost: 2e-7 is measured, a part
left out or counted twice costs a fifth. Weights are no measure: Adam's first step divides by each
gradient's own size, so that next to nothing becomes a whole step."""


class SmallMemory(ChromaNetwork):
    """A network on a device that holds so many patches at once."""

    most = 2

    def forward(self, plate: Tensor) -> Tensor:
        """Run out of memory as PyTorch does."""
        if len(plate) > self.most:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return super().forward(plate)


def make_state(kind: type[ChromaNetwork] = ChromaNetwork) -> State:
    """A small network with the same weights each time."""
    torch.manual_seed(3)
    network = kind("small")
    return State(
        network=network,
        average=copy.deepcopy(network),
        optimiser=torch.optim.AdamW(network.parameters(), lr=1e-3),
    )


def make_batch(count: int = 5) -> Batch:
    """Patches of which some teach more than others."""
    random = torch.Generator().manual_seed(1)
    return Batch(
        plate=torch.rand((count, 3, 32, 32), generator=random),
        chroma=torch.rand((count, 2, 32, 32), generator=random) - 0.5,
        trust=torch.rand((count, 1, 32, 32), generator=random),
    )


def gradients(state: State) -> Tensor:
    """How all numbers that are trained were to change, one behind the other."""
    found = [one.grad for one in state.network.parameters()]
    return torch.cat([one.ravel() for one in found if one is not None])


def test_a_batch_in_parts_takes_the_same_step() -> None:
    """Memory for two patches of five: the loss and its gradients are the whole batch's."""
    said: list[str] = []
    whole, parted = make_state(), make_state(SmallMemory)
    short = Stepper(said.append, Group())

    losses = [
        Stepper(quiet, Group()).step(whole, make_batch(), 1e-3),
        short.step(parted, make_batch(), 1e-3),
    ]

    torch.testing.assert_close(losses[0], losses[1])
    ours, theirs = gradients(parted), gradients(whole)
    assert len(ours) == sum(one.numel() for one in whole.network.parameters())
    assert torch.linalg.norm(ours - theirs) < ORDER_OF_SUMS * torch.linalg.norm(theirs)
    assert (short.parts, parted.step) == (4, 1)
    assert said[-1].startswith("memory is short: the batch of 5 is taken in 4 parts")
    before = len(said)
    short.step(parted, make_batch(), 1e-3)
    assert len(said) == before


def test_mixed_step_goes_the_same_way() -> None:
    """In bfloat16 the gradient points where float32's does, and the first guess is not rounded."""
    exact, mixed = make_state(), make_state()

    losses = [
        Stepper(quiet, Group()).step(exact, make_batch(), 1e-3),
        Stepper(quiet, Group(), is_mixed=True).step(mixed, make_batch(), 1e-3),
    ]

    ours, theirs = gradients(mixed), gradients(exact)
    assert not torch.equal(ours, theirs)
    assert torch.nn.functional.cosine_similarity(ours, theirs, dim=0) > 0.99
    # Were the guess of bfloat16's eight bits too, a chroma of 0.5 would be 2e-3 off.
    torch.testing.assert_close(losses[1], losses[0], atol=0, rtol=2e-3)
    with torch.no_grad():
        for state in (exact, mixed):
            state.network.head.weight.zero_()  # type: ignore[union-attr, operator]
            state.network.head.bias.zero_()  # type: ignore[union-attr, operator]
    alone = [
        Stepper(quiet, Group(), is_mixed=is_mixed).step(state, make_batch(), 0.0)
        for state, is_mixed in ((exact, False), (mixed, True))
    ]
    torch.testing.assert_close(alone[1], alone[0], atol=0, rtol=1e-6)


def test_a_patch_that_does_not_fit_is_named() -> None:
    """Nothing is left to divide: which setting to change."""
    state = make_state(SmallMemory)
    state.network.most = 0  # type: ignore[assignment]

    with pytest.raises(StageError, match="write a smaller patch"):
        Stepper(quiet, Group()).step(state, make_batch(), 1e-3)
    assert state.step == 0


def test_average_follows_quickly_at_first_and_slowly_later() -> None:
    """The untrained start is forgotten within some steps; late, one step hardly counts."""
    for step, share in ((1, 9 / 11), (100_000, 0.002)):
        state = make_state()
        with torch.no_grad():
            torch._foreach_add_(list(state.network.parameters()), 1.0)
        before = torch.cat([one.ravel() for one in state.average.parameters()])
        follow(state.average, state.network, step)
        after = torch.cat([one.ravel() for one in state.average.parameters()])
        moved = torch.full_like(before, share)
        torch.testing.assert_close(after - before, moved, atol=1e-5, rtol=0)


def test_weights_come_from_a_model_or_a_checkpoint_alike(trained_shot: Path) -> None:
    """The exporter keeps the names: the model has the checkpoint's average, to the bit."""
    checkpoint = max((trained_shot / "training/checkpoints").glob("step_*.safetensors"))
    wanted = ChromaNetwork("small")
    load_average(checkpoint, wanted)
    for given in (trained_shot, trained_shot / "model.onnx", checkpoint):
        network = ChromaNetwork("small")
        load_weights(find_weights(given), network, "small")
        for name, value in wanted.state_dict().items():
            torch.testing.assert_close(network.state_dict()[name], value, atol=0, rtol=0)


def test_what_is_no_model_to_begin_with_is_named(trained_shot: Path, tmp_path: Path) -> None:
    """Missing, broken, or of another size: where, what and what to do."""
    with pytest.raises(ModelError, match=r"give a model.onnx, a checkpoint, or a shot folder"):
        find_weights(tmp_path)
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"not a model")
    with pytest.raises(ModelError, match="is not a"):
        load_weights(broken, ChromaNetwork("small"), "small")
    model = trained_shot / "model.onnx"
    with pytest.raises(ModelError, match=r"is a small network.*write --size small"):
        load_weights(model, ChromaNetwork("large"), "large")


@pytest.mark.slow
def test_training_begins_with_the_weights_it_is_given(
    trained_shot: Path, aligned_shot: Path, tmp_path: Path
) -> None:
    """From a trained model the held-out frame is nearer than from nothing, after as many steps."""
    scores: list[float] = []
    said: list[str] = []
    for name, start in (("anew", None), ("from", trained_shot)):
        root = Path(shutil.copytree(aligned_shot, tmp_path / name))
        wish = Wish(steps=10, size="small", device="cpu", start_from=start)
        shot = train(Shot.load(root), wish, say=said.append, on_progress=still)
        scores.append(float(shot.made["training"].measured["hold_out_dE2000"]))
    assert scores[1] < scores[0]
    assert any(line.startswith("beginning with the weights of") for line in said)
