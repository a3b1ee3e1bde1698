"""Names of scripts for people (ISO 15924), and which are written from top to bottom."""

_NAMES = """
    Adlm Adlam, Arab Arabic, Armn Armenian, Beng Bengali, Cakm Chakma, Cans Canadian Aboriginal, Cher Cherokee,
    Copt Coptic, Cyrl Cyrillic, Deva Devanagari, Ethi Ethiopic, Geor Georgian, Goth Gothic, Gran Grantha, Grek Greek,
    Gujr Gujarati, Guru Gurmukhi, Hang Hangul, Hani Han, Hans Han (simplified), Hant Han (traditional), Hebr Hebrew,
    Java Javanese, Jpan Japanese, Kali Kayah Li, Khmr Khmer, Knda Kannada, Kore Korean, Lana Tai Tham, Laoo Lao,
    Latn Latin, Limb Limbu, Lisu Lisu, Mlym Malayalam, Mong Mongolian, Mtei Meetei Mayek, Mymr Burmese, Nkoo N’Ko,
    Olck Ol Chiki, Orya Odia, Phag Phags-pa, Sinh Sinhala, Syrc Syriac, Taml Tamil, Tavt Tai Viet, Telu Telugu,
    Tfng Tifinagh, Thaa Thaana, Thai Thai, Tibt Tibetan, Vaii Vai, Wara Warang Citi, Yiii Yi, Zzzz no script
"""
NAMES = dict(one.split(None, 1) for one in _NAMES.replace("\n", " ").split(",") if one.strip())
"""By code."""

VERTICAL = ("Mong", "Phag")
"""In columns from left to right."""


def name_of(code: str) -> str:
    """The name of a script, or its code."""
    return NAMES.get(code, code).strip()
