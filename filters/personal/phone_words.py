"""Words beside which a number is a telephone number, by language or script."""

import functools

STEMS = {
    "signs": "☎, ☏, ✆, 📞, 📱, 📲, 🕿, 📠, ℡",
    "services": "whatsapp, viber",
    "English": "phone, mobile, hotline, helpline, landline, telefax, cell no, cell number",
    "Germanic": "telefon, telefoon, handynummer, mobilnummer, rufnummer, durchwahl, mobiel, telefoan, selfoon, "
    "símanúmer",
    "Romance": "téléphone, telephone, portable, appelez, teléfono, telefono, telèfon, celular, llame al, móvil, mòbil, "
    "telefone, telemóvel, ligue para, cellulare, chiamare, telefón, telefòn",
    "Slavic, Baltic": "komórk, komork, infolinka, mobitel, mobilni, tālruni, talruni, zadzwoń",
    "Finnic, Hungarian": "puhelin, matkapuhelin, telefonszám, mobiilinumero",
    "Turkic": "telefon, cep no, aloqa uchun",
    "Basque, Celtic": "mugikor, ffôn, symudol, guthán, teileafón, pellgomz",
    "Vietnamese": "điện thoại, di động, số máy, đường dây nóng, liên hệ",
    "Indonesian, Malay, Philippine, Oceanic": "telepon, telpon, ponsel, handphone, seluler, selular, bimbit, selpon, "
    "waea, hubungi",
    "African": "nambari ya simu, namba ya simu, piga simu, lambar waya, lambar tarho, nọmba ekwentị, ekwentị, fóònù, "
    "foonu, ucingo, yocingo, umnxeba, yefowuni, mohala, telefoon, taleefan, bilbila, runhare, dzenhare, "
    "telefono, essimu, mogala",
    "Cyrillic": "телефон, мобильн, мобільн, мобилен, мобилни, мобильд, вотсап, ватсап, вайбер, звоните, дзвоніть, "
    "телефан, тэлефон, тэлефан, мабільн, гар утас, горяч, гарячої",
    "Greek": "τηλέφωνο, τηλεφων, κινητό, κινητο",
    "Armenian": "հեռախոս, բջջային, հեռ., ֆաքս",
    "Georgian": "ტელეფონ, მობილურ, ტელ., ტელ:, ფაქსი",
    "Hebrew, Yiddish": "טלפון, פלאפון, וואטסאפ, ווטסאפ, סלולרי, טעלעפאן, טעלעפאָן, טל', טל׳, בנייד",
    "Arabic": "هاتف, تليفون, تلفون, جوال, موبايل, محمول, فاكس, واتساب, واتس اب, للاتصال, اتصل, الخط الساخن",
    "Persian": "تلفن, موبایل, شماره تماس, تماس با, نمابر, واتساپ, همراه",
    "Urdu, Pashto, Sindhi": "فون نمبر, فون, موبائل, ٹیلی فون, رابطہ نمبر, واٹس ایپ, ټیلیفون, تلیفون, مبایل, موبائيل",
    "Kurdish, Uyghur": "تەلەفۆن, تەلەفون, مۆبایل, مۆبایەل, تېلېفون",
    "Devanagari": "फोन, फ़ोन, मोबाइल, मोबाईल, टेलीफोन, टेलिफोन, टेलीफ़ोन, दूरभाष, दूरध्वनी, भ्रमणध्वनी, व्हाट्स, व्हॉट्स, "
    "फैक्स, फॅक्स, संपर्क नंबर, संपर्क क्रमांक, सम्पर्क नम्बर, टेल:, टेल., मो.",
    "Bengali, Assamese": "ফোন, মোবাইল, মুঠোফোন, হোয়াটসঅ্যাপ, হোয়াটসঅ্যাপ, ফ্যাক্স, ফ'ন, দূৰভাষ, ম'বাইল",
    "Gurmukhi": "ਫੋਨ, ਫ਼ੋਨ, ਮੋਬਾਈਲ, ਟੈਲੀਫੋਨ",
    "Gujarati": "ફોન, મોબાઇલ, મોબાઈલ, ટેલિફોન, દૂરભાષ",
    "Odia": "ଫୋନ, ଫୋନ୍, ମୋବାଇଲ, ଟେଲିଫୋନ",
    "Tamil": "தொலைபேசி, கைபேசி, அலைபேசி, போன், மொபைல், தொ.பே",
    "Telugu": "ఫోన్, ఫోను, మొబైల్, టెలిఫోన్, దూరవాణి",
    "Kannada": "ಫೋನ್, ದೂರವಾಣಿ, ಮೊಬೈಲ್",
    "Malayalam": "ഫോൺ, ഫോണ്‍, മൊബൈൽ, മൊബൈല്‍, ടെലിഫോൺ",
    "Sinhala": "දුරකථන, දුරකතන, ජංගම, ෆැක්ස්",
    "Thai": "โทร, โทร., มือถือ, แฟกซ์, เบอร์",
    "Lao": "ໂທ, ໂທ., ມືຖື, ແຟັກ",
    "Burmese": "ဖုန်း, ဖုန္း",
    "Khmer": "ទូរស័ព្ទ, ទូរសព្ទ, លេខទូរ, ទូរសារ",
    "Tibetan, Dzongkha": "ཁ་པར, འཕྲིན་ཨང, བརྒྱུད་འཕྲིན",
    "Ethiopic": "ስልክ, ስልኪ, ሞባይል, ተሌፎን, ቴሌፎን, ተንቀሳቃሽ, ፋክስ",
    "Chinese": "电话, 電話, 手机, 手機, 传真, 傳真, 热线, 熱線, 專線, 致电, 致電, 拨打, 撥打, 微信, 联系方式, 聯絡",
    "Japanese": "携帯, ファックス, ファクス, フリーダイヤル, 連絡先, お問い合わせ",
    "Korean": "전화, 휴대폰, 핸드폰, 팩스, 연락처, 문의",
    "Thaana, N'Ko, Tifinagh, Ol Chiki, Meetei": "ފޯނު, ފޯން, ޓެލެފޯން, ߜߋߙߋ, ⵜⵉⵍⵉⴼⵓⵏ, ᱯᱷᱳᱱ, ꯐꯣꯟ",
    "Mongolian script, Cherokee, Syriac": "ᠤᠲᠠᠰᠤ, ᏗᎵᏃᎮᏗ, ܬܠܝܦܘܢ",
}
"""What may be part of a longer word: these take endings and make compounds."""

WORDS = {
    "English": "tel, tel no, cell, mob, fax, call, sms, dial, gsm",
    "Germanic": "tlf, handy, fernruf, sími",
    "Romance": "tél, tfno, tlfno, tlf",
    "Baltic": "tālr",
    "Vietnamese": "đt, sđt, đđ, đtdđ",
    "Indonesian, Malay": "telp, tlp, faks",
    "Swahili": "simu",
    "Cyrillic": "тел, моб, факс, т/ф",
    "Greek": "τηλ, φαξ",
    "Hebrew": "טל, נייד, פקס",
    "Persian": "فکس",
}
"""Short words, which must stand alone: tell is not tel."""

MARKED = {
    "letters": "t, p, f, m, h, c, т, ф, м, ت, ج, ف, ه, н, τ, κ, φ",
    "English": "ph, contact, contacts, contact no, wa, hp",
    "Germanic": "fon, mobil, foon, ring",
    "Romance": "cel, fixe, fijo, tlm, contacto, contato, contatto",
    "Slavic, Finnic, Hungarian, Turkic": "kom, mobil, mobiil, puh, cep, faks, infoline, aloqa",
    "African": "ago, foni, namba, waya, mawasiliano",
    "Irish": "fón, guth",
    "Cyrillic": "сот, утас, связь, контакт, контакты",
    "Greek": "κιν",
}
"""Words that mean much else, too: they count where a colon or full stop follows, as in T: 020 7946 0018."""


@functools.cache
def stems(plain: bool) -> tuple[str, ...]:
    """All of STEMS; of ASCII alone where ``plain``."""
    found = (word for words in STEMS.values() for word in words.split(", "))
    return tuple(word for word in dict.fromkeys(found) if word.isascii() or not plain)


@functools.cache
def words() -> tuple[str, ...]:
    """All of WORDS."""
    return tuple(dict.fromkeys(word for words in WORDS.values() for word in words.split(", ")))


@functools.cache
def marked() -> frozenset[str]:
    """All of MARKED."""
    return frozenset(word for words in MARKED.values() for word in words.split(", "))
