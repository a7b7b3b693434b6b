"""The text under the fields of a configuration, which is their help on the command line and on the page alike."""

import ast
import inspect
import textwrap
from collections.abc import Mapping
from functools import cache
from itertools import pairwise


@cache
def field_notes(spec: type) -> Mapping[str, str]:
    """Field to the string that stands under it."""
    (body,) = ast.parse(textwrap.dedent(inspect.getsource(spec))).body
    assert isinstance(body, ast.ClassDef)
    found: dict[str, str] = {}
    for one, after in pairwise(body.body):
        if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name) and isinstance(after, ast.Expr):
            found[one.target.id] = " ".join(str(ast.literal_eval(after.value)).split())
    return found
