"""Calling codes of the world and how many digits follow them."""

LENGTHS: dict[str, tuple[int, int]] = {
    "1": (10, 10),  # North America: area, exchange, line
    "7": (10, 10),  # Russia, Kazakhstan
    "20": (8, 10),  # Egypt
    "27": (9, 9),  # South Africa
    "30": (10, 10),  # Greece
    "31": (9, 9),  # Netherlands
    "32": (8, 9),  # Belgium
    "33": (9, 9),  # France
    "34": (9, 9),  # Spain
    "36": (8, 9),  # Hungary
    "39": (6, 11),  # Italy, Vatican
    "40": (9, 9),  # Romania
    "41": (9, 9),  # Switzerland
    "43": (7, 13),  # Austria
    "44": (9, 10),  # United Kingdom
    "45": (8, 8),  # Denmark
    "46": (7, 10),  # Sweden
    "47": (8, 8),  # Norway
    "48": (9, 9),  # Poland
    "49": (7, 12),  # Germany
    "51": (8, 9),  # Peru
    "52": (10, 11),  # Mexico, with the 1 of older mobile numbers
    "53": (8, 8),  # Cuba
    "54": (10, 11),  # Argentina
    "55": (10, 11),  # Brazil
    "56": (9, 9),  # Chile
    "57": (8, 10),  # Colombia
    "58": (10, 10),  # Venezuela
    "60": (8, 10),  # Malaysia
    "61": (9, 9),  # Australia
    "62": (8, 12),  # Indonesia
    "63": (8, 10),  # Philippines
    "64": (8, 10),  # New Zealand
    "65": (8, 8),  # Singapore
    "66": (8, 9),  # Thailand
    "81": (9, 10),  # Japan
    "82": (8, 10),  # South Korea
    "84": (9, 10),  # Vietnam
    "86": (10, 11),  # China
    "90": (10, 10),  # Turkey
    "91": (10, 10),  # India
    "92": (9, 10),  # Pakistan
    "93": (9, 9),  # Afghanistan
    "94": (9, 9),  # Sri Lanka
    "95": (7, 10),  # Myanmar
    "98": (10, 10),  # Iran
    "211": (9, 9),  # South Sudan
    "212": (9, 9),  # Morocco
    "213": (8, 9),  # Algeria
    "216": (8, 8),  # Tunisia
    "218": (8, 9),  # Libya
    "220": (7, 7),  # Gambia
    "221": (9, 9),  # Senegal
    "222": (8, 8),  # Mauritania
    "223": (8, 8),  # Mali
    "224": (8, 9),  # Guinea
    "225": (8, 10),  # Ivory Coast
    "226": (8, 8),  # Burkina Faso
    "227": (8, 8),  # Niger
    "228": (8, 8),  # Togo
    "229": (8, 10),  # Benin
    "230": (7, 8),  # Mauritius
    "231": (7, 9),  # Liberia
    "232": (8, 8),  # Sierra Leone
    "233": (9, 9),  # Ghana
    "234": (8, 10),  # Nigeria
    "235": (8, 8),  # Chad
    "236": (8, 8),  # Central African Republic
    "237": (8, 9),  # Cameroon
    "238": (7, 7),  # Cape Verde
    "239": (7, 7),  # Sao Tome and Principe
    "240": (9, 9),  # Equatorial Guinea
    "241": (7, 8),  # Gabon
    "242": (9, 9),  # Congo
    "243": (9, 9),  # Democratic Republic of the Congo
    "244": (9, 9),  # Angola
    "245": (7, 9),  # Guinea-Bissau
    "246": (7, 7),  # Diego Garcia
    "247": (5, 6),  # Ascension
    "248": (7, 7),  # Seychelles
    "249": (9, 9),  # Sudan
    "250": (8, 9),  # Rwanda
    "251": (9, 9),  # Ethiopia
    "252": (7, 9),  # Somalia
    "253": (8, 8),  # Djibouti
    "254": (9, 9),  # Kenya
    "255": (9, 9),  # Tanzania
    "256": (9, 9),  # Uganda
    "257": (8, 8),  # Burundi
    "258": (8, 9),  # Mozambique
    "260": (9, 9),  # Zambia
    "261": (9, 9),  # Madagascar
    "262": (9, 9),  # Reunion, Mayotte
    "263": (8, 9),  # Zimbabwe
    "264": (8, 9),  # Namibia
    "265": (7, 9),  # Malawi
    "266": (8, 8),  # Lesotho
    "267": (7, 8),  # Botswana
    "268": (8, 8),  # Eswatini
    "269": (7, 7),  # Comoros
    "290": (5, 5),  # Saint Helena
    "291": (7, 7),  # Eritrea
    "297": (7, 7),  # Aruba
    "298": (6, 6),  # Faroe Islands
    "299": (6, 6),  # Greenland
    "350": (8, 8),  # Gibraltar
    "351": (9, 9),  # Portugal
    "352": (6, 11),  # Luxembourg
    "353": (7, 10),  # Ireland
    "354": (7, 7),  # Iceland
    "355": (8, 9),  # Albania
    "356": (8, 8),  # Malta
    "357": (8, 8),  # Cyprus
    "358": (6, 11),  # Finland
    "359": (7, 9),  # Bulgaria
    "370": (8, 8),  # Lithuania
    "371": (8, 8),  # Latvia
    "372": (7, 8),  # Estonia
    "373": (8, 8),  # Moldova
    "374": (8, 8),  # Armenia
    "375": (9, 9),  # Belarus
    "376": (6, 9),  # Andorra
    "377": (8, 9),  # Monaco
    "378": (6, 10),  # San Marino
    "380": (9, 9),  # Ukraine
    "381": (7, 10),  # Serbia
    "382": (8, 8),  # Montenegro
    "383": (8, 9),  # Kosovo
    "385": (8, 9),  # Croatia
    "386": (8, 8),  # Slovenia
    "387": (8, 9),  # Bosnia and Herzegovina
    "389": (8, 8),  # North Macedonia
    "420": (9, 9),  # Czechia
    "421": (9, 9),  # Slovakia
    "423": (7, 9),  # Liechtenstein
    "500": (5, 5),  # Falkland Islands
    "501": (7, 7),  # Belize
    "502": (8, 8),  # Guatemala
    "503": (8, 8),  # El Salvador
    "504": (8, 8),  # Honduras
    "505": (8, 8),  # Nicaragua
    "506": (8, 8),  # Costa Rica
    "507": (7, 8),  # Panama
    "508": (6, 9),  # Saint Pierre and Miquelon
    "509": (8, 8),  # Haiti
    "590": (9, 9),  # Guadeloupe
    "591": (8, 8),  # Bolivia
    "592": (7, 7),  # Guyana
    "593": (8, 9),  # Ecuador
    "594": (9, 9),  # French Guiana
    "595": (8, 9),  # Paraguay
    "596": (9, 9),  # Martinique
    "597": (6, 7),  # Suriname
    "598": (8, 8),  # Uruguay
    "599": (7, 8),  # Curacao, Bonaire
    "670": (7, 8),  # Timor-Leste
    "672": (6, 6),  # Norfolk Island, Antarctica
    "673": (7, 7),  # Brunei
    "674": (7, 7),  # Nauru
    "675": (7, 8),  # Papua New Guinea
    "676": (5, 7),  # Tonga
    "677": (5, 7),  # Solomon Islands
    "678": (5, 7),  # Vanuatu
    "679": (7, 7),  # Fiji
    "680": (7, 7),  # Palau
    "681": (6, 6),  # Wallis and Futuna
    "682": (5, 5),  # Cook Islands
    "683": (4, 7),  # Niue
    "685": (5, 7),  # Samoa
    "686": (5, 8),  # Kiribati
    "687": (6, 6),  # New Caledonia
    "688": (5, 7),  # Tuvalu
    "689": (6, 8),  # French Polynesia
    "690": (4, 7),  # Tokelau
    "691": (7, 7),  # Micronesia
    "692": (7, 7),  # Marshall Islands
    "850": (8, 10),  # North Korea
    "852": (8, 8),  # Hong Kong
    "853": (8, 8),  # Macau
    "855": (8, 9),  # Cambodia
    "856": (8, 10),  # Laos
    "880": (8, 10),  # Bangladesh
    "886": (8, 9),  # Taiwan
    "960": (7, 7),  # Maldives
    "961": (7, 8),  # Lebanon
    "962": (8, 9),  # Jordan
    "963": (8, 9),  # Syria
    "964": (8, 10),  # Iraq
    "965": (8, 8),  # Kuwait
    "966": (9, 9),  # Saudi Arabia
    "967": (7, 9),  # Yemen
    "968": (8, 8),  # Oman
    "970": (8, 9),  # Palestine
    "971": (8, 9),  # United Arab Emirates
    "972": (8, 9),  # Israel
    "973": (8, 8),  # Bahrain
    "974": (8, 8),  # Qatar
    "975": (7, 8),  # Bhutan
    "976": (8, 8),  # Mongolia
    "977": (8, 10),  # Nepal
    "992": (9, 9),  # Tajikistan
    "993": (8, 8),  # Turkmenistan
    "994": (9, 9),  # Azerbaijan
    "995": (9, 9),  # Georgia
    "996": (9, 9),  # Kyrgyzstan
    "998": (9, 9),  # Uzbekistan
}
"""By code, the least and most digits of a number in that country, written without its trunk prefix (ITU-T E.164 and the
numbering plans of the countries)."""
