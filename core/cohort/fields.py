"""Reading one TOML table key by key: types are checked, and what nobody asked for is refused by name."""

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import cast

from core.errors import InputError


class Fields:
    """One table of a manifest. Ask for each key once, then `finish`: leftover keys are refused.

    Args:
        table: the parsed TOML table.
        where: how messages call it, e.g. `cohort.toml [clinical]`.
    """

    def __init__(self, table: Mapping[str, object], *, where: str) -> None:
        self._table = dict(table)
        # a dict keeps the order for messages
        self._asked: dict[str, None] = {}
        self.where = where

    def __contains__(self, key: str) -> bool:
        return key in self._table

    def lacks(self, key: str, example: str) -> InputError:
        """The error for a key that must be there; says so when a misspelt one may be meant."""
        close = get_close_matches(key, [name for name in self._table if name not in self._asked], n=1)
        hint = f'; is it meant by "{close[0]}"?' if close else "; add it"
        return InputError(f"{self.where} needs {key} = {example}{hint}")

    def text(self, key: str, *, default: str | None = None) -> str:
        """A text that is not empty; the key may be left out only where there is a default."""
        value = self._take(key)
        if value is None:
            if default is None:
                raise self.lacks(key, '"..."')
            return default
        if not isinstance(value, str):
            raise self._wrong(key, "a text in quotation marks", value)
        if not value.strip():
            raise InputError(f"{self.where} {key} is empty; fill it in or remove the line")
        return value

    def optional_text(self, key: str) -> str | None:
        """A text, or None where the key is left out."""
        self.know(key)
        return self.text(key) if key in self._table else None

    def flag(self, key: str) -> bool:
        """true or false; false where the key is left out."""
        value = self._take(key)
        if value is not None and not isinstance(value, bool):
            raise self._wrong(key, "true or false", value)
        return bool(value)

    def positive(self, key: str) -> float | None:
        """A finite number above 0, or None where the key is left out."""
        value = self._take(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self._wrong(key, "a number", value)
        if not 0 < value < float("inf"):
            raise InputError(f"{self.where} {key} must be a number above 0, got {value}")
        return float(value)

    def choice(self, key: str, choices: Sequence[str]) -> str:
        """One of the listed texts."""
        if key not in self._table:
            raise self.lacks(key, " | ".join(f'"{choice}"' for choice in choices))
        value = self.text(key)
        if value not in choices:
            hint = nearest(value, choices)
            raise InputError(f'{self.where} {key} is "{value}"; it must be one of {", ".join(choices)}{hint}')
        return value

    def optional_choice(self, key: str, choices: Sequence[str]) -> str | None:
        """One of the listed texts, or None where the key is left out."""
        self.know(key)
        return self.choice(key, choices) if key in self._table else None

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts; empty where the key is left out."""
        value = self._take(key)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(item, str) for item in cast("list[object]", value)):
            raise self._wrong(key, "a list of texts", value)
        return tuple(cast("list[str]", value))

    def table(self, key: str) -> Mapping[str, object]:
        """A table; empty where the key is left out."""
        value = self._take(key)
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise self._wrong(key, "a table", value)
        return cast("dict[str, object]", value)

    def subtables(self) -> dict[str, Mapping[str, object]]:
        """Every table that has not been asked for, by its name."""
        found = {key: value for key, value in self._table.items() if key not in self._asked and isinstance(value, dict)}
        self.know(*found)
        return cast("dict[str, Mapping[str, object]]", found)

    def know(self, *keys: str) -> None:
        """Count keys as asked for, whether or not they are there."""
        self._asked.update(dict.fromkeys(keys))

    def finish(self) -> None:
        """Refuse keys that were never asked for, with the nearest known name."""
        for key in self._table:
            if key not in self._asked:
                known = ", ".join(self._asked)
                raise InputError(f'{self.where} does not know "{key}"; it knows {known}{nearest(key, self._asked)}')

    def _take(self, key: str) -> object:
        self.know(key)
        return self._table.get(key)

    def _wrong(self, key: str, wanted: str, value: object) -> InputError:
        return InputError(f"{self.where} {key} must be {wanted}, got {_described(value)}")


def nearest(word: str, known: Iterable[str]) -> str:
    """`; did you mean "..."?` where a known name is close, otherwise nothing."""
    close = get_close_matches(word.lower(), list(known), n=1, cutoff=0.6)
    return f'; did you mean "{close[0]}"?' if close else ""


def _described(value: object) -> str:
    # bool before int: in Python every truth value is a whole number
    kinds = ((bool, "a truth value"), (int, "a whole number"), (float, "a number"), (str, "a text"))
    kinds += ((list, "a list"), (dict, "a table"))
    return next((name for kind, name in kinds if isinstance(value, kind)), "a date or time")
