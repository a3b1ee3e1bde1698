"""Close relatives: labels that a model confuses with one another, so that one page may get either.

Near-duplicates are searched within a group, so that a document told to be Croatian meets its copy told to be Bosnian;
and a later choice between relatives never needs signatures anew. The pairs are those of GlotLID's own confusions.
"""

from functools import cache

VERSION = 1

GROUPS: dict[str, str] = {
    "arabic": "acm_Arab aeb_Arab afb_Arab ajp_Arab apc_Arab apd_Arab arb_Arab arq_Arab ars_Arab ary_Arab arz_Arab ayl_Arab",
    "azerbaijani": "azb_Arab azj_Latn",
    "bambara": "bam_Latn dyu_Latn",
    "bcms": "bos_Cyrl bos_Latn cnr_Cyrl cnr_Latn hbs_Latn hrv_Latn srp_Cyrl srp_Latn",
    "berber": "taq_Tfng tzm_Tfng zgh_Tfng",
    "chinese": "cmn_Hani cmn_Hans cmn_Hant gan_Hani hak_Hani hsn_Hani lzh_Hani nan_Hani wuu_Hani yue_Hani",
    "english": "eng_Latn pcm_Latn sco_Latn wes_Latn",
    "finnic": "fin_Latn fit_Latn fkv_Latn krl_Latn olo_Latn",
    "hindi": "anp_Deva awa_Deva bho_Deva hin_Deva hne_Deva mag_Deva mai_Deva",
    "kuki": "ctd_Latn zom_Latn",
    "malay": "bjn_Latn ind_Latn max_Latn msa_Latn zlm_Latn zsm_Latn",
    "nguni": "nbl_Latn nde_Latn ssw_Latn xho_Latn zul_Latn",
    "persian": "fas_Arab pes_Arab prs_Arab",
    "quechua": "quh_Latn qul_Latn quy_Latn quz_Latn",
    "rwanda": "kin_Latn run_Latn",
    "scandinavian": "dan_Latn nno_Latn nob_Latn nor_Latn",
    "swahili": "swc_Latn swh_Latn",
    "tigrinya": "tig_Ethi tir_Ethi",
    "wambo": "kua_Latn ndo_Latn",
}
"""Labels of each group, by the name of the group."""


@cache
def _of() -> dict[str, str]:
    return {label: group for group, labels in GROUPS.items() for label in labels.split()}


def group_of(label: str) -> str:
    """The name of the label's group; a label without relatives is a group of its own."""
    return _of().get(label, label)
