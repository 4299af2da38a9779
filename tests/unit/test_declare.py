"""A class of options says everything about them once."""

from dataclasses import dataclass

import pytest
from jsonschema import Draft202012Validator

from minde.declare import Count, Positive, build, option, options_of, plain
from minde.errors import ConfigError
from minde.experiments.schema import check, object_schema


@dataclass(frozen=True)
class Inner:
    """A group of its own."""

    width: Positive = option(0.5, "Width.")


@dataclass(frozen=True)
class Parent:
    """Options that others share."""

    steps: Count = option(10, "Steps at most.")
    limit: Positive | None = option(None, "Limit, if any.")
    import_: str = option("a:B", "What is imported.")
    inner: Inner = option(Inner())


@dataclass(frozen=True)
class Child(Parent):
    """The same with a default of its own."""

    steps: Count = 3
    sizes: tuple[Count, ...] = option((1, 2), "Sizes.")


def test_a_child_that_changes_a_default_keeps_the_words():
    words = {o.key: (o.description, o.default) for o in options_of(Child)}
    assert words["steps"] == ("Steps at most.", 3)
    assert words["inner"][0] == "A group of its own."


def test_plain_values_build_the_same_options_again():
    options = build(Child, {"steps": 4, "import": "c:D", "sizes": [5]})
    assert options == Child(steps=4, import_="c:D", sizes=(5,))
    values = plain(options)
    assert values == {"steps": 4, "import": "c:D", "inner": {"width": 0.5}, "sizes": [5]}
    # A value of None is one that is left out.
    check(values, object_schema(Child))


def test_the_schema_is_one_and_refuses_what_the_types_refuse():
    schema = object_schema(Child)
    Draft202012Validator.check_schema(schema)
    good = plain(Child())
    for key, value, message in (
        ("steps", 0, "steps: 0 is less than the minimum of 1"),
        ("steps", 1.5, "steps: 1.5 is not of type 'integer'"),
        ("sizes", [1, 1], "sizes: [1, 1] has non-unique elements"),
        ("inner", {"width": 0}, "inner.width: 0 is less than or equal to the minimum of 0"),
        ("stps", 1, "unknown key 'stps' at top level; did you mean 'steps'?"),
    ):
        with pytest.raises(ConfigError) as caught:
            check({**good, key: value}, schema)
        assert message in str(caught.value)


def test_options_with_a_default_may_be_left_out_where_the_group_need_not_be_complete():
    check({}, object_schema(Child, complete=False))
    with pytest.raises(ConfigError, match="'steps' is a required property"):
        check({}, object_schema(Child))
