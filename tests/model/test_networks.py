"""What every network promises of its output, whatever its weights."""

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch

from core.model import NETWORKS, Batch, NetworkSpec, Output, Shape, build

MakeBatch = Callable[..., Batch]
ALL = sorted(NETWORKS)
WITH_TILES = ["fused", "image", "concat", "late"]
WITH_TOKENS = ["fused", "genes", "concat", "late"]


def answer(model: str, shape: Shape, spec: NetworkSpec, *batches: Batch) -> list[Output]:
    """What one network, with weights far from their start, says of each batch."""
    torch.manual_seed(1)
    network = build(model, shape, spec).eval()
    with torch.no_grad():
        for weight in network.parameters():
            weight.add_(0.3 * torch.randn_like(weight))
        return [network(batch) for batch in batches]


@pytest.mark.parametrize("model", ALL)
def test_padding_changes_no_output(model: str, shape: Shape, spec: NetworkSpec, make_batch: MakeBatch) -> None:
    batch = make_batch(tiles=5)
    padded = replace(
        batch,
        tiles=torch.cat([batch.tiles, 100 * torch.ones(4, 3, shape.dim)], dim=1),
        present=torch.cat([batch.present, torch.zeros(4, 3, dtype=torch.bool)], dim=1),
    )
    alone, together = answer(model, shape, spec, batch, padded)
    torch.testing.assert_close(alone.logits, together.logits, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("model", ALL)
def test_the_order_of_tiles_changes_no_output(
    model: str, shape: Shape, spec: NetworkSpec, make_batch: MakeBatch
) -> None:
    batch = make_batch()
    order = torch.randperm(7, generator=torch.Generator().manual_seed(3))
    one, other = answer(model, shape, spec, batch, replace(batch, tiles=batch.tiles[:, order]))
    torch.testing.assert_close(one.logits, other.logits, atol=1e-5, rtol=1e-5)
    if one.tile_attention is not None and other.tile_attention is not None:
        torch.testing.assert_close(one.tile_attention[..., order], other.tile_attention, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("model", ALL)
def test_a_patient_is_answered_alone_as_in_company(
    model: str, shape: Shape, spec: NetworkSpec, make_batch: MakeBatch
) -> None:
    batch = make_batch()
    first = Batch(
        **{name: getattr(batch, name)[:1] for name in ("tiles", "present", "genes", "has_image", "has_genes", "label")}
    )
    together, alone = answer(model, shape, spec, batch, first)
    torch.testing.assert_close(together.logits[:1], alone.logits, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("model", WITH_TILES)
def test_tile_attention_sums_to_one_over_what_is_present(
    model: str, shape: Shape, spec: NetworkSpec, make_batch: MakeBatch
) -> None:
    batch = make_batch()
    present = batch.present.clone()
    present[1, 4:] = False
    (output,) = answer(model, shape, spec, replace(batch, present=present))
    assert output.tile_attention is not None
    sums = output.tile_attention.sum(dim=2)
    torch.testing.assert_close(sums, torch.ones_like(sums))
    assert (output.tile_attention[1, :, 4:] == 0).all()


@pytest.mark.parametrize("model", WITH_TOKENS)
def test_token_attention_sums_to_one(model: str, shape: Shape, spec: NetworkSpec, make_batch: MakeBatch) -> None:
    (output,) = answer(model, shape, spec, make_batch())
    assert output.token_attention is not None
    torch.testing.assert_close(output.token_attention.sum(dim=1), torch.ones(4))


@pytest.mark.parametrize(("model", "moves"), [("fused", True), ("image", True), ("paper", False), ("genes", False)])
def test_the_image_moves_the_output_of_fused_but_not_of_paper(
    model: str, moves: bool, shape: Shape, spec: NetworkSpec, make_batch: MakeBatch
) -> None:
    batch = make_batch()
    one, other = answer(model, shape, spec, batch, replace(batch, tiles=5 - 3 * batch.tiles))
    assert torch.equal(one.logits, other.logits) is not moves


def test_paper_attends_to_its_one_key_with_weight_one_so_its_query_gets_no_gradient(
    shape: Shape, spec: NetworkSpec, make_batch: MakeBatch
) -> None:
    torch.manual_seed(0)
    network = build("paper", shape, spec).eval()
    network(make_batch()).logits.square().sum().backward()
    gradients = {name: weight.grad for name, weight in network.named_parameters()}
    for name in ("image.weight", "query.weight", "key.weight"):
        gradient = gradients[name]
        assert gradient is not None
        assert (gradient == 0).all()
    assert gradients["value.weight"] is not None
    assert (gradients["value.weight"] != 0).any()


@pytest.mark.parametrize("lost", ["image", "genes"])
def test_fused_without_a_modality_does_not_look_at_it(
    lost: str, shape: Shape, spec: NetworkSpec, make_batch: MakeBatch
) -> None:
    batch = make_batch().only(image=lost != "image", genes=lost != "genes")
    other = replace(
        batch,
        tiles=batch.tiles + 1 if lost == "image" else batch.tiles,
        genes=batch.genes + 1 if lost == "genes" else batch.genes,
    )
    one, two = answer("fused", shape, spec, batch, other)
    torch.testing.assert_close(one.logits, two.logits)
    looked = one.tile_attention
    assert looked is not None
    sums = looked.sum(dim=2)
    torch.testing.assert_close(sums, torch.zeros_like(sums) if lost == "image" else torch.ones_like(sums))


def test_each_gene_set_of_fused_has_its_own_map(shape: Shape, spec: NetworkSpec, make_batch: MakeBatch) -> None:
    (output,) = answer("fused", shape, spec, make_batch())
    assert output.tile_attention is not None
    assert output.tile_attention.shape == (4, len(shape.sets), 7)
    assert not torch.allclose(output.tile_attention[:, 0], output.tile_attention[:, 1])


def test_late_averages_the_probabilities_of_its_parts(shape: Shape, spec: NetworkSpec, make_batch: MakeBatch) -> None:
    (output,) = answer("late", shape, spec, make_batch())
    parts = torch.stack([part.softmax(dim=1) for part in output.parts]).mean(dim=0)
    torch.testing.assert_close(output.logits.softmax(dim=1), parts)


@pytest.mark.parametrize("largest", [0, 1, 2])
def test_gene_tokens_keep_the_order_of_their_sets(largest: int, spec: NetworkSpec) -> None:
    from core.model.genes import GeneTokens

    sets = [(0, 1), (2, 3), (4, 5)]
    sets[largest] = (*sets[largest], 6, 7)
    torch.manual_seed(0)
    tokens = GeneTokens(sets, width=8, dropout=0.0).eval()
    genes = torch.zeros(1, 8)
    moved = genes.clone()
    moved[0, sets[1][0]] = 1
    changed = (tokens(genes) != tokens(moved)).any(dim=2)[0]
    assert changed.tolist() == [False, True, False]
