"""Whether the folds together decide: a majority vote over their conformal sets."""

from hypothesis import given
from hypothesis import strategies as st

from core.serving.decision import Decision, FoldSet, voted

CLASSES = ("A", "B", "C")
SETS = st.lists(st.lists(st.sampled_from(CLASSES), unique=True).map(tuple), min_size=1, max_size=9)


def folds(sets: list[tuple[str, ...] | None]) -> list[FoldSet]:
    return [FoldSet(repeat=0, fold=place, probabilities=(), classes=held) for place, held in enumerate(sets)]


@given(sets=SETS)
def test_a_class_stays_possible_where_at_least_half_of_the_sets_hold_it(sets: list[tuple[str, ...]]) -> None:
    possible = voted(folds([*sets]), CLASSES)
    assert possible is not None
    for name in CLASSES:
        assert (name in possible) == (sum(name in held for held in sets) >= len(sets) / 2)


@given(sets=SETS)
def test_folds_that_agree_are_taken_at_their_word(sets: list[tuple[str, ...]]) -> None:
    possible = voted(folds([sets[0]] * len(sets)), CLASSES)
    assert possible is not None and set(possible) == set(sets[0])


@given(sets=SETS)
def test_it_refers_unless_exactly_one_class_is_left(sets: list[tuple[str, ...]]) -> None:
    possible = voted(folds([*sets]), CLASSES)
    assert possible is not None
    decision = Decision(sets=(), possible=possible, wanted=0.9, cuts=())
    assert decision.refer == (len(possible) != 1)


def test_without_an_evaluation_nothing_is_said() -> None:
    assert voted(folds([("A",), None]), CLASSES) is None
    assert Decision(sets=(), possible=None, wanted=0.9, cuts=()).refer is None
