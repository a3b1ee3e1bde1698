"""Licences: what texts mean by them, and that the table holds together."""

import pytest

from manifests import licences
from manifests.errors import Stop


@pytest.mark.parametrize(
    ("text", "spdx", "kind"),
    [
        ("CC-BY-4.0", "CC-BY-4.0", "permissive"),
        ("cc by sa 3.0 unported", "CC-BY-SA-3.0", "share-alike"),
        ("https://creativecommons.org/licenses/by-nc-sa/4.0/deed.de", "CC-BY-NC-SA-4.0", "non-commercial"),
        ("http://creativecommons.org/licenses/by-nd/2.5/", "CC-BY-ND-2.5", "no-derivatives"),
        ("https://creativecommons.org/publicdomain/zero/1.0/", "CC0-1.0", "permissive"),
        ("Public Domain", "CC-PDM-1.0", "permissive"),
        ("mit", "MIT", "permissive"),
        ("MIT License", "MIT", "permissive"),
        ("GPL-3.0-or-later", "GPL-3.0", "share-alike"),
        ("odc-by", "ODC-By-1.0", "permissive"),
        ("Apache License 2.0", "Apache-2.0", "permissive"),
        ("all  rights reserved", "all rights reserved", "unknown"),
        ("", "", "unknown"),
        (None, "", "unknown"),
    ],
)
def test_texts_name_licences(text: str | None, spdx: str, kind: str) -> None:
    assert licences.called(text) == spdx
    assert licences.kind_of(text) == kind


def test_every_licence_is_found_by_each_of_its_names_and_no_name_means_two() -> None:
    known = licences.licences()
    assert len(known) > 90
    for one in known.values():
        for name in (one.spdx, one.name, *one.aka):
            assert licences.find(name) == one
        assert one.hub == one.hub.lower()
        assert one.kind != "unknown"


def test_trade_and_changes_are_not_permitted_by_what_forbids_them() -> None:
    for one in licences.licences().values():
        if "-NC" in one.spdx:
            assert one.kind == "non-commercial"
        elif "-ND" in one.spdx:
            assert one.kind == "no-derivatives"
        elif "-SA-" in one.spdx:
            assert one.kind == "share-alike"


def test_what_is_asked_for_may_be_a_kind_a_licence_or_what_a_source_bears() -> None:
    asked = licences.checked(["Permissive", "cc-by-sa-4.0", "House rules"], ["House  rules"])
    assert asked == ("CC-BY-SA-4.0", "House rules", "permissive")
    assert licences.within("MIT", asked)
    assert licences.within("https://creativecommons.org/licenses/by-sa/4.0/", asked)
    assert licences.within("house rules", licences.checked(["unknown"]))
    assert not licences.within("CC-BY-SA-3.0", asked)
    assert not licences.within(None, asked)
    with pytest.raises(Stop, match=r"CC-BY-4\.0"):
        licences.checked(["CC-BYE-4.0"])
