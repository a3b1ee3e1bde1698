import re

import pytest

from manifests.errors import Stop
from manifests.models import model, models


def test_the_table_is_whole() -> None:
    assert list(models()) == ["builtin", "lid176", "glotlid"]
    for known in models().values():
        assert known.licence
        assert known.about
        assert known.mend
        assert re.fullmatch(r"[0-9a-f]{64}|", known.sha256)
        assert re.match(r"package:|wheel:|https://", known.place)


def test_only_glotlid_is_fetched_and_its_digest_is_not_made_up() -> None:
    assert [known.name for known in models().values() if known.fetched] == ["glotlid"]
    assert model("glotlid").sha256 == ""


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(Stop, match="builtin, lid176, glotlid"):
        model("cld3")
