"""Which letters a language writes often: by them a right reading of bytes is told from a wrong one."""

from typing import NamedTuple


class Letters(NamedTuple):
    """``frequent``: the commonest letters outside ASCII, lower case; ``share``: what part of such letters they make up.

    The shares are of running text, rounded down; they make scripts with twenty letters and with thousands comparable.
    """

    language: str
    frequent: str
    share: float


LETTERS = (
    Letters("fra_Latn", "éèàêôâçîëïùûœ", 0.98),
    Letters("deu_Latn", "üäöß", 0.98),
    Letters("spa_Latn", "áóíéñúü", 0.98),
    Letters("por_Latn", "ãáéçíóêõàúô", 0.98),
    Letters("ita_Latn", "èàòùìé", 0.98),
    Letters("nld_Latn", "ëïéèüö", 0.95),
    Letters("swe_Latn", "äåöé", 0.98),
    Letters("dan_Latn", "åæøé", 0.98),
    Letters("isl_Latn", "ðáíþóæöéúý", 0.98),
    Letters("fao_Latn", "ðæíøáúóý", 0.98),
    Letters("cat_Latn", "óéàèíòúçïü", 0.98),
    Letters("gle_Latn", "íáéóú", 0.98),
    Letters("gle_Latn-old", "íáéóúḃċḋḟġṁṗṡṫ", 0.98),
    Letters("cym_Latn", "âêîôûŵŷïö", 0.95),
    Letters("afr_Latn", "êëéôáèïî", 0.95),
    Letters("pol_Latn", "łęóążśćźń", 0.98),
    Letters("ces_Latn", "íážěéřšýčůťúďň", 0.98),
    Letters("slk_Latn", "íáýžéúčšťľôóďňäŕ", 0.98),
    Letters("hun_Latn", "éáöóíüúőű", 0.98),
    Letters("hrv_Latn", "čšćžđ", 0.98),
    Letters("ron_Latn", "ăîşţâ", 0.98),
    Letters("ron_Latn-comma", "ășțîâ", 0.98),
    Letters("als_Latn", "ëç", 0.98),
    Letters("hsb_Latn", "ćłžěóźčšřń", 0.98),
    Letters("tur_Latn", "ıüşğçöâîi̇", 0.98),
    Letters("azj_Latn", "əıüşğçöi̇", 0.98),
    Letters("lit_Latn", "ėųšžąįūčę", 0.98),
    Letters("lvs_Latn", "āīēņšūļžķčģ", 0.98),
    Letters("ekk_Latn", "äüõöšž", 0.98),
    Letters("epo_Latn", "ĝĉŭŝĵĥ", 0.95),
    Letters("mlt_Latn", "ħġżàċ", 0.95),
    Letters("fin_Latn", "äöåšž", 0.98),
    Letters("nob_Latn", "åøæéòôü", 0.98),
    Letters("sme_Latn", "áčđŋšŧžåäöøæ", 0.98),
    Letters("bre_Latn", "ñùêôûâéè", 0.95),
    Letters("gla_Latn", "àòùìèéáó", 0.98),
    Letters(
        "vie_Latn",
        "đàưáôêờóếạơìấứớúảủềộốâầãậệợữựịởọểùíăẽằồắòặẻừổỏụéửẳũễỉèỗõỳýỹỷỵẹếẩẫẵ",
        0.98,
    ),
    Letters("rus_Cyrl", "оеиатнсврлдмкпу", 0.8),
    Letters("ukr_Cyrl", "оаинвітесрдлукмп", 0.8),
    Letters("bel_Cyrl", "анірыскелтдявомупц", 0.8),
    Letters("bul_Cyrl", "аиоетнрсвдклп", 0.8),
    Letters("srp_Cyrl", "аиеонртскувдпм", 0.8),
    Letters("kaz_Cyrl", "аыентрлідсқмокбж", 0.8),
    Letters("ell_Grek", "αοειτνυσκςρηπλ", 0.8),
    Letters("heb_Hebr", "ויהאלתרבמשםנע", 0.8),
    Letters("arb_Arab", "اليمونربتعهدفكس", 0.8),
    Letters("fas_Arab", "ایردنوهمتبکسيك", 0.8),
    Letters("urd_Arab", "ایکروےہنمتسلدبں", 0.8),
    Letters("tha_Thai", "ารนกัอม่งเยวิ้สีทลดคบะตปหพ", 0.8),
    Letters("jpn_Jpan", "のーすをにしンまるはでイいてたスなとトルがラッリれフプクドこりジかアシらさタきも、。", 0.5),
    Letters(
        "kor_Hang",
        "이하에는을다가의로니지그를리라고서사나기아어자한은여스시게들으도일와수대있인내과정요제모것용되보트위성해",
        0.5,
    ),
    Letters(
        "cmn_Hans",
        "的一是不了在人有我他这为之大来以个中上们到说国和地也子时道出而要于就下得可你年生自会那后能对着事其里所去行过"
        "家十用发天如然作方成者多日都三小军二无同么经法当起与好看学进种将还分此心前面又定见只主没公从",
        0.4,
    ),
    Letters(
        "cmn_Hant",
        "的一是不了在人有我他這為之大來以個中上們到說國和地也子時道出而要於就下得可你年生自會那後能對著事其裡所去行過"
        "家十用發天如然作方成者多日都三小軍二無同麼經法當起與好看學進種將還分此心前面又定見只主沒公從",
        0.4,
    ),
)
