"""Close relatives, which models mistake for one another: the groups within which labels are arbitrated.

Near-duplicates are searched within a group, so a document that is called Bosnian in one copy and Croatian in the next
is found all the same, and a later change of label within the group hashes nothing again.
"""

from functools import cache

from langid.label import system

GROUPS: dict[str, tuple[str, ...]] = {
    "arabic": ("acm", "acq", "aeb", "afb", "ajp", "apc", "apd", "arb", "arq", "ars", "ary", "arz", "ayl", "shu"),
    "bcms": ("bos", "cnr", "hrv", "srp"),
    "chatino": ("cly", "cta", "ctp", "ctz", "cya", "czn"),
    "chinese": ("cjy", "cmn", "gan", "hak", "hsn", "lzh", "nan", "wuu", "yue"),
    "english": ("eng", "pcm", "sco", "wes"),
    "finnish": ("fin", "fit", "fkv"),
    "hindi": ("anp", "awa", "bho", "hin", "hne", "mag", "mai"),
    "malay": ("bjn", "ind", "zsm"),
    "manding": ("bam", "dyu"),
    "nguni": ("nbl", "nde", "xho", "zul"),
    "ovambo": ("kua", "ndo"),
    "persian": ("fas", "pes", "prs"),
    "quechua": ("quh", "qul", "quy", "quz"),
    "scandinavian": ("dan", "nno", "nob"),
    "swahili": ("swc", "swh"),
    "tamazight": ("taq", "tzm", "zgh"),
    "tedim": ("ctd", "zom"),
    "tigre": ("tig", "tir"),
}
"""Name of a group -> ISO 639-3 codes. A language is in one group; each script of it is arbitrated apart."""


def group_of(label: str) -> str:
    """The group of a label in its script (``hrv_Latn`` -> ``bcms_Latn``), or the label itself where it is in none."""
    group = _groups().get(label.partition("_")[0])
    return f"{group}_{system(label)}" if group else label


@cache
def _groups() -> dict[str, str]:
    return {code: group for group, codes in GROUPS.items() for code in codes}
