"""Selections in addresses, and selections saved in a real workspace file."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InputError
from core.results.laid_out import Facet
from core.results.selections import Choice, Where
from dashboard.views.cohort import selection
from dashboard.workspace import Workspace, selections
from dashboard.workspace.selections import MOST_NAME
from tests.dashboard.workspace.other_server import held_elsewhere

FACETS = (
    Facet(name="class"), Facet(name="site"), Facet(name="stage"), Facet(name="site", covariate=True),
    Facet(name="grade", covariate=True), Facet(name="'; DROP TABLE patients; --", covariate=True),
)  # fmt: skip
TEXTS = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=20)
CHOICES = st.dictionaries(st.sampled_from(FACETS), st.lists(TEXTS, min_size=1, max_size=4, unique=True))
AGES = st.none() | st.tuples(st.integers(0, 120), st.integers(0, 120)).map(lambda pair: (min(pair), max(pair)))


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """An empty one."""
    return Workspace.open(tmp_path)


@given(CHOICES, AGES)
def test_an_address_means_the_selection_that_it_was_made_from(choices, ages):
    found = tuple(Choice(facet=facet, values=tuple(values)) for facet, values in choices.items())
    where = Where(choices=found, ages=ages)
    back, unknown = selection.chosen(selection.address(where), facets=FACETS)
    assert set(back.choices) == set(where.choices) and back.ages == where.ages and unknown == ()


@given(st.dictionaries(st.text(max_size=12), st.lists(st.text(max_size=700), max_size=3), max_size=6))
def test_no_address_is_an_error(address):
    where, _ = selection.chosen(address, facets=FACETS)
    assert all("\0" not in value for choice in where.choices for value in choice.values)


@given(CHOICES, AGES)
def test_taking_every_chip_back_leaves_everyone(choices, ages):
    where = Where(choices=tuple(Choice(facet=one, values=tuple(v)) for one, v in choices.items()), ages=ages)
    for _ in range(len(selection.chips(where))):
        where = selection.chips(where)[0].without
    assert where == Where() and selection.sentence(where) == "all patients"


def test_a_second_click_on_a_value_takes_it_back():
    facet = FACETS[0]
    once = selection.clicked(Where(), facet, "Luminal")
    both = selection.clicked(once, facet, "Basal/HER2")
    assert both.values(facet) == ("Luminal", "Basal/HER2")
    assert selection.clicked(both, facet, "Luminal").values(facet) == ("Basal/HER2",)
    assert selection.clicked(once, facet, "Luminal") == Where()


def test_clicks_on_ages_make_a_range_narrow_it_and_take_it_back():
    one = selection.clicked_age(Where(), 40)
    wide = selection.clicked_age(one, 60)
    assert (one.ages, wide.ages) == ((40, 44), (40, 64))
    assert selection.clicked_age(wide, 50).ages == (50, 54)
    assert selection.clicked_age(one, 40).ages is None


def test_a_saved_selection_is_there_when_the_file_is_opened_again(workspace: Workspace, tmp_path: Path):
    name = "young '; DROP TABLE selections; -- <b>"
    kept = selections.save(workspace, cohort="c1", name=f"  {name} ", filters={"class": ["Luminal"], "site": []})
    Workspace.close_all()
    again = Workspace.open(tmp_path)
    found = selections.find(again, kept)
    assert found is not None and (found.name, found.filters) == (name, {"class": ["Luminal"]})
    assert [one.id for one in selections.saved(again, "c1")] == [kept]
    assert selections.saved(again, "c2") == () and selections.find(again, "' OR 1=1") is None


def test_a_name_means_one_selection_of_a_cohort_and_can_be_changed(workspace: Workspace):
    first = selections.save(workspace, cohort="c1", name="a", filters={"sex": ["Female"]})
    second = selections.save(workspace, cohort="c1", name="b", filters={"sex": ["Male"]})
    selections.save(workspace, cohort="c2", name="a", filters={"sex": ["Male"]})
    for wrong in ("", "  ", "a", "x" * (MOST_NAME + 1), "line\x07bell"):
        with pytest.raises(InputError):
            selections.save(workspace, cohort="c1", name=wrong, filters={})
    with pytest.raises(InputError, match="another name"):
        selections.rename(workspace, second, name="a")
    selections.rename(workspace, first, name="c")
    selections.rename(workspace, second, name="a")
    assert [one.name for one in selections.saved(workspace, "c1")] == ["a", "c"]


def test_a_deleted_selection_stays_gone_and_is_not_renamed(workspace: Workspace):
    kept = selections.save(workspace, cohort="c1", name="a", filters={"sex": ["Female"]})
    selections.delete(workspace, kept)
    selections.delete(workspace, kept)
    assert selections.find(workspace, kept) is None
    with pytest.raises(InputError, match="deleted in the meantime"):
        selections.rename(workspace, kept, name="b")


def test_a_file_that_another_server_holds_is_told_in_a_sentence(tmp_path: Path):
    with held_elsewhere(tmp_path), pytest.raises(InputError, match="another server holds"):
        Workspace.open(tmp_path)
    Workspace.open(tmp_path)
