"""The names that models give to languages, and the labels they have here (``swh_Latn``).

Foreign models say ``sw``, ``zho_Hans`` or ``arb_Arab``. A macro language is read as the member that corpora mean by it.
"""

from functools import cache

from manifests.languages import languages

NOTHING = "und_Zzzz"
"""The label of a text with nothing to read."""

SYSTEMS = {"Hans": "Hani", "Hant": "Hani", "Hanb": "Hani", "Bopo": "Hani", "Kore": "Hang", "Jamo": "Hang"} | {
    "Hira": "Jpan",
    "Kana": "Jpan",
    "Hrkt": "Jpan",
    "Latf": "Latn",
    "Latg": "Latn",
    "Aran": "Arab",
    "Cyrs": "Cyrl",
    "Syre": "Syrc",
    "Syrj": "Syrc",
    "Syrn": "Syrc",
}
"""Script codes that are written forms of another: labels and shares use the other."""

MEMBERS = dict(
    pair.split(":")
    for pair in """
    ara:arb aym:ayr aze:azj bih:bho bik:bcl chm:mhr cre:crk est:ekk ful:fuv grn:gug hbs:srp iku:ike
    jrb:aju kau:knc kok:gom kom:kpv kon:kng kur:kmr lav:lvs mlg:plt mon:khk msa:zsm may:zsm nep:npi nor:nob
    oji:ojb ori:ory orm:gaz pes:fas prs:fas pus:pbt que:quy sqi:als swa:swh tgl:fil uzb:uzn yid:ydd zha:zyb zho:cmn
    zlm:zsm
    """.split()  # noqa: SIM905
)
"""ISO 639-3 code of a macro language, or of one that labels join with another -> the code that labels use."""

SHORT = {
    row[0]: tuple(row[1:])
    for row in (
        line.split()
        for line in """
        aa aar_Latn
        ab abk_Cyrl
        af afr_Latn
        ak twi_Latn
        als gsw_Latn
        am amh_Ethi
        an arg_Latn
        ar arb_Arab
        as asm_Beng
        av ava_Cyrl
        ay ayr_Latn
        az azj_Latn azj_Cyrl
        ba bak_Cyrl
        be bel_Cyrl
        bg bul_Cyrl
        bh bho_Deva
        bi bis_Latn
        bm bam_Latn
        bn ben_Beng
        bo bod_Tibt
        br bre_Latn
        bs bos_Latn bos_Cyrl
        ca cat_Latn
        ce che_Cyrl
        ch cha_Latn
        co cos_Latn
        cs ces_Latn
        cv chv_Cyrl
        cy cym_Latn
        da dan_Latn
        de deu_Latn
        dv div_Thaa
        dz dzo_Tibt
        ee ewe_Latn
        el ell_Grek
        en eng_Latn
        eo epo_Latn
        es spa_Latn
        et ekk_Latn
        eu eus_Latn
        fa fas_Arab
        ff fuv_Latn
        fi fin_Latn
        fj fij_Latn
        fo fao_Latn
        fr fra_Latn
        fy fry_Latn
        ga gle_Latn
        gd gla_Latn
        gl glg_Latn
        gn gug_Latn
        gu guj_Gujr
        gv glv_Latn
        ha hau_Latn hau_Arab
        he heb_Hebr
        hi hin_Deva
        hr hrv_Latn
        ht hat_Latn
        hu hun_Latn
        hy hye_Armn
        ia ina_Latn
        id ind_Latn
        ie ile_Latn
        ig ibo_Latn
        ii iii_Yiii
        in ind_Latn
        io ido_Latn
        is isl_Latn
        it ita_Latn
        iu ike_Cans ike_Latn
        iw heb_Hebr
        ja jpn_Jpan
        ji ydd_Hebr
        jv jav_Latn jav_Java
        jw jav_Latn jav_Java
        ka kat_Geor
        ki kik_Latn
        kk kaz_Cyrl kaz_Arab kaz_Latn
        kl kal_Latn
        km khm_Khmr
        kn kan_Knda
        ko kor_Hang
        kr knc_Latn
        ks kas_Arab kas_Deva
        ku kmr_Latn ckb_Arab
        kv kpv_Cyrl
        kw cor_Latn
        ky kir_Cyrl
        la lat_Latn
        lb ltz_Latn
        lg lug_Latn
        li lim_Latn
        ln lin_Latn
        lo lao_Laoo
        lt lit_Latn
        lv lvs_Latn
        mg plt_Latn
        mh mah_Latn
        mi mri_Latn
        mk mkd_Cyrl
        ml mal_Mlym
        mn khk_Cyrl
        mo ron_Cyrl ron_Latn
        mr mar_Deva
        ms zsm_Latn zsm_Arab
        mt mlt_Latn
        my mya_Mymr
        nb nob_Latn
        nd nde_Latn
        ne npi_Deva
        nl nld_Latn
        nn nno_Latn
        no nob_Latn
        nr nbl_Latn
        nv nav_Latn
        ny nya_Latn
        oc oci_Latn
        om gaz_Latn gaz_Ethi
        or ory_Orya
        os oss_Cyrl
        pa pan_Guru
        pl pol_Latn
        ps pbt_Arab
        pt por_Latn
        qu quy_Latn
        rm roh_Latn
        rn run_Latn
        ro ron_Latn
        ru rus_Cyrl
        rw kin_Latn
        sa san_Deva
        sc srd_Latn
        sd snd_Arab snd_Deva
        se sme_Latn
        sg sag_Latn
        sh srp_Latn
        si sin_Sinh
        sk slk_Latn
        sl slv_Latn
        sm smo_Latn
        sn sna_Latn
        so som_Latn
        sq als_Latn
        sr srp_Cyrl srp_Latn
        ss ssw_Latn
        st sot_Latn
        su sun_Latn
        sv swe_Latn
        sw swh_Latn
        ta tam_Taml
        te tel_Telu
        tg tgk_Cyrl
        th tha_Thai
        ti tir_Ethi
        tk tuk_Latn tuk_Cyrl
        tl fil_Latn
        tn tsn_Latn
        to ton_Latn
        tr tur_Latn
        ts tso_Latn
        tt tat_Cyrl
        tw twi_Latn
        ty tah_Latn
        ug uig_Arab uig_Cyrl uig_Latn
        uk ukr_Cyrl
        ur urd_Arab
        uz uzn_Latn uzn_Cyrl uzn_Arab
        ve ven_Latn
        vi vie_Latn
        vo vol_Latn
        wa wln_Latn
        wo wol_Latn
        xh xho_Latn
        yi ydd_Hebr
        yo yor_Latn
        za zyb_Latn
        zh cmn_Hani
        zu zul_Latn
        """.strip().splitlines()
    )
}
"""ISO 639-1 code (and Wikipedia's ``als``, which is Alemannic) -> labels, the usual one first."""


def harmonise(name: str) -> tuple[str, ...]:
    """Labels that a model's class ``name`` may stand for, the usual one first: ``sr`` -> srp_Cyrl, srp_Latn.

    A name without a script has one label for each script in which the language is known; one whose script is not known
    at all is given Latin, so that every class of a model can answer.
    """
    code, _, script = name.replace("-", "_").partition("_")
    if script:
        script = script.partition("_")[0].title()
        # Three letters and a script are ISO 639-3, where als is Tosk Albanian.
        labels = SHORT.get(code, ()) if len(code) == 2 else ()
        member = labels[0].partition("_")[0] if labels else MEMBERS.get(code, code)
        return (f"{member}_{SYSTEMS.get(script, script)}",)
    if code in SHORT:
        return SHORT[code]
    member = MEMBERS.get(code, code)
    return _by_code().get(member, (f"{member}_Latn",))


def system(label: str) -> str:
    """The writing system of a label: its script, where Hans is Hani, Hira is Jpan and Kore is Hang."""
    script = label.rpartition("_")[2]
    return SYSTEMS.get(script, script)


@cache
def _by_code() -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for language in languages():
        found.setdefault(language.code, []).append(language.label)
    # The language's usual script is the one its BCP-47 tag need not name.
    usual = {language.label: "-" in language.bcp47 for language in languages()}
    return {code: tuple(sorted(labels, key=lambda label: (usual[label], label))) for code, labels in found.items()}
