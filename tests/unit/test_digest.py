import pytest

from minde.runtime import digest


@pytest.fixture
def library(tmp_path, monkeypatch):
    root = tmp_path / "minde"
    (root / "a").mkdir(parents=True)
    (root / "__init__.py").write_text("")
    (root / "a" / "__init__.py").write_text("")
    (root / "a" / "top.py").write_text("from minde.a import low\nX = low.Y + 1\n")
    (root / "a" / "low.py").write_text('"""Doc."""\nY = 1\n')
    (root / "a" / "other.py").write_text("Z = 1\n")
    monkeypatch.setattr(digest, "ROOT", root)
    return root / "a"


def test_a_change_in_an_imported_module_changes_the_digest(library):
    before = digest.source_digest("minde.a.top")
    (library / "low.py").write_text("Y = 2\n")
    assert digest.source_digest("minde.a.top") != before


@pytest.mark.parametrize("text", ["# why\nY = 1\n", '"""Other words."""\n\n\nY = 1  # one\n'])
def test_comments_docstrings_and_layout_do_not_count(library, text):
    before = digest.source_digest("minde.a.top")
    (library / "low.py").write_text(text)
    assert digest.source_digest("minde.a.top") == before


def test_the_words_of_an_option_do_not_count_and_its_default_does(library):
    digests = []
    for call in ('option(1, "Steps.")', 'option(1, "Words.", reruns="all")', 'option(2, "Steps.")'):
        (library / "low.py").write_text(f"Y = {call}\n")
        digests.append(digest.source_digest("minde.a.top"))
    assert digests[0] == digests[1] != digests[2]


def test_a_module_that_is_not_imported_does_not_count(library):
    before = digest.source_digest("minde.a.top")
    (library / "other.py").write_text("Z = 2\n")
    assert digest.source_digest("minde.a.top") == before


def test_an_import_for_types_alone_does_not_count(library):
    (library / "top.py").write_text("if TYPE_CHECKING:\n    from minde.a import low\nX = 1\n")
    before = digest.source_digest("minde.a.top")
    (library / "low.py").write_text("Y = 2\n")
    assert digest.source_digest("minde.a.top") == before


def test_a_lazy_import_counts(library):
    (library / "top.py").write_text("def f():\n    from minde.a.other import Z\n    return Z\n")
    before = digest.source_digest("minde.a.top")
    (library / "other.py").write_text("Z = 3\n")
    assert digest.source_digest("minde.a.top") != before


def test_a_module_or_function_that_does_not_exist_is_refused(library):
    with pytest.raises(ImportError, match=r"no module minde\.a\.none"):
        digest.source_digest("minde.a.none")
    (library / "top.py").write_text("def f():\n    pass\n")
    with pytest.raises(ImportError, match=r"minde\.a\.top has no function g"):
        digest.stage("minde.a.top.g")


def test_a_stage_watches_its_module_and_those_named_beside_it(library):
    (library / "top.py").write_text("def f():\n    pass\n")
    alone, both = digest.stage("minde.a.top.f"), digest.stage("minde.a.top.f", "minde.a.other")
    own = digest.source_digest("minde.a.top")
    assert alone == {"function": "minde.a.top.f", "digest": own, "keywords": {}}
    assert digest.stage("minde.a.top.f", size=3) == {**alone, "keywords": {"size": 3}}
    (library / "other.py").write_text("Z = 2\n")
    assert digest.stage("minde.a.top.f") == alone
    assert digest.stage("minde.a.top.f", "minde.a.other") != both
