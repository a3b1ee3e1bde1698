"""Layouts of existing corpora: what their paths and fields call a language, and what that is here."""

import pytest

from manifests.errors import Stop
from manifests.layouts import fitting, labels, layout, layouts


@pytest.mark.parametrize(
    ("corpus", "path", "label"),
    [
        ("oscar-2019", "als_dedup.txt.gz", "gsw_Latn"),
        ("oscar-2019", "unshuffled_deduplicated_als/0.txt", "gsw_Latn"),
        ("oscar-2019", "en_part_12.txt.gz", "eng_Latn"),
        ("cc100", "zh-Hant.txt.xz", "cmn_Hani"),
        ("cc100", "my_zaw.txt.xz", "mya_Mymr"),
        ("cc100", "hi_rom.txt.xz", "hin_Latn"),
        ("madlad", "data/iw/iw_clean_0000.jsonl.gz", "heb_Hebr"),
        ("madlad", "no_clean_docs_0000.jsonl.gz", "nob_Latn"),
        ("madlad", "hi_Latn_noisy_0001.jsonl.gz", "hin_Latn"),
        ("madlad", "ms_Arab_BN_clean_0000.jsonl.gz", "zsm_Arab"),
        ("c4", "multilingual/c4-iw.tfrecord-00000-of-00512.json.gz", "heb_Hebr"),
        ("c4", "multilingual/c4-hi-Latn-validation.tfrecord-00000-of-00001.json.gz", "hin_Latn"),
        ("c4", "en.noblocklist/c4-train.00000-of-01024.json.gz", "eng_Latn"),
        ("culturax", "als/als_part_00000.parquet", "gsw_Latn"),
        ("fineweb2", "data/swh_Latn_removed/train/000_00000.parquet", "swh_Latn"),
        ("hplt", "deu_Latn_1.jsonl.zst", "deu_Latn"),
        ("hplt", "srp_Cyrl/1.jsonl.zst", "srp_Cyrl"),
        ("glot500", "ace_Latn/train/0000.parquet", "ace_Latn"),
        ("wikipedia", "20231101.als/train-00000-of-00001.parquet", "gsw_Latn"),
        ("wikipedia", "20231101.be-x-old/train-00000-of-00001.parquet", "bel_Cyrl"),
        ("cirrussearch", "zh_yuewiki-20240101-cirrussearch-content.json.gz", "yue_Hani"),
    ],
)
def test_a_path_tells_the_language_as_the_corpus_means_it(corpus: str, path: str, label: str) -> None:
    declared = layout(corpus).declared(path)
    assert declared is not None
    assert ":" in declared
    assert labels(declared) == (label,)


@pytest.mark.parametrize(
    ("declared", "among", "not_among"),
    [
        ("als", "als_Latn", "gsw_Latn"),  # a code of ISO 639-3: Tosk Albanian
        ("oscar:als", "gsw_Latn", "als_Latn"),  # Alemannic, as Wikipedia has it
        ("sr-Latn", "srp_Latn", "srp_Cyrl"),
        ("glotlid:zho_Hani", "cmn_Hani", "jpn_Jpan"),
        ("zho_Hani", "cmn_Hani", "jpn_Jpan"),
        ("hplt:ara_Arab", "arz_Arab", "fas_Arab"),
        (":nn", "nno_Latn", "nob_Latn"),
        ("Klingonese", "", ""),
    ],
)
def test_a_declared_name_is_understood_as_its_system_means_it(declared: str, among: str, not_among: str) -> None:
    found = labels(declared)
    assert (among in found) if among else (found == ())
    assert not_among not in found


def test_an_unknown_layout_is_told_those_there_are() -> None:
    with pytest.raises(Stop, match="No layout is called 'osca'") as told:
        layout("osca")
    assert all(name in told.value.mend for name in layouts())


def test_the_layout_whose_fields_are_there_comes_first() -> None:
    assert fitting({"content", "metadata", "warc_headers", "warc_headers.warc-date"}) == ["oscar"]
    assert fitting({"text", "u", "ts", "collection"})[0] == "hplt"
    assert fitting({"body"}) == []
