"""Answers of a generation are read once, and nobody can change what another is handed."""

import pandas as pd

from core.results.kept import MOST, MOST_ROWS, Kept


def test_the_same_question_is_asked_once_and_each_answer_is_a_copy():
    kept, asked = Kept(), []

    def ask() -> pd.DataFrame:
        asked.append(1)
        return pd.DataFrame({"n": [1, 2]})

    kept.answer("a", ask)["n"] = 0
    assert kept.answer("a", ask)["n"].tolist() == [1, 2]
    assert kept.answer("b", ask)["n"].tolist() == [1, 2]
    assert len(asked) == 2


def test_large_answers_are_not_kept_and_old_ones_are_let_go():
    kept, asked = Kept(), []

    def large() -> pd.DataFrame:
        asked.append(1)
        return pd.DataFrame({"n": range(MOST_ROWS + 1)})

    assert len(kept.answer("large", large)) == len(kept.answer("large", large)) == MOST_ROWS + 1
    assert len(asked) == 2
    small = pd.DataFrame({"n": [1]})
    for number in range(MOST + 1):
        kept.answer(number, lambda: small)
    assert kept.answer(1, lambda: pd.DataFrame()).equals(small)
    assert kept.answer(0, lambda: pd.DataFrame()).empty, "the oldest is asked anew"
