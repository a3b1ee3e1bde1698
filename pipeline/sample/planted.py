"""The sample's bad documents, one of each kind, so that a newcomer sees every verdict."""

import hashlib
from collections.abc import Iterator, Mapping

from pipeline.sample.prose import Prose

MENU = """Home
About us
Our team
News
All products
Garden tools
Lawn and hedge
Pots and soil
Seeds and bulbs
Kitchen
Pans and lids
Knives
Bathroom
Towels
Sale
Last chance
Gift cards
Your account
Log in
Register
Basket (0)
Wish list
Delivery
Returns
Payment
Track an order
Privacy
Cookies
Contact
Jobs
Press
Site map
Deutsch
Français
Back to top"""

SPAM = "cheap flights best hotel deals cheap car hire last minute flights hotel deals book cheap flights now"

TOWNS = ("Aldbury", "Brenton", "Carrick", "Dunmoor", "Elsworth", "Farley", "Garston", "Hexley", "Ilmore", "Kelby")

FILLER = """Lorem ipsum stands here until somebody has written the text of the new shop.
"""

SHORT = {
    "eng_Latn": "Back at five. The key is under the mat.",
    "fra_Latn": "Fermé le lundi.",
    "hin_Deva": "दुकान कल खुलेगी।",
    "jpn_Jpan": "本日は休業です。",
}

BULLETS = """- two kilograms of flour from the mill by the bridge
- a bag of coarse salt, because the fine one is for the table
- yeast, if the shop has any that is still fresh
- a jar of the dark honey that my sister likes so much
- six eggs from the neighbour, who must be paid this time
- butter for the tin and a little more for the crust
- a new brush, since the old one is losing its hair
- paper for wrapping the loaves that we give away
- the blue bowl that was lent to the school in spring
- string, matches and a candle for the dark part of the cellar"""

TRAILING = """I wanted to tell you about the boat that came in last night …
It was painted in a colour that nobody had seen before …
The captain did not say where he was from or where he would go …
He asked for water and for bread and paid with an old coin …
My brother followed him down to the quay and waited there …
In the morning there was only the rope in the water …
Some people say that they heard singing in the dark …
I do not know what to believe, but I have kept the coin …"""

LETTER = """We have had trouble with the new printer since Monday, so I am writing down what I have tried so far. \
It answers at 192.168.1.20 inside the office, but the service in the other town sees us as 81.2.69.142 \
and refuses the connection.
If you can help, please write to marta.lind@post-office.example or to her colleague at repair+print@workshop.example, \
because the telephone in the hall is never answered. The manual says that the address 203.0.113.7 is only an example, \
which is why I have not tried that one.
I will be at my desk until four and then again on Thursday morning. Bring the long cable if you still have it, and the \
small screwdriver that you borrowed from us in the winter."""


TAGS = """#sea #wind #boat #sunset #harbour #summer We had such a day out on the water #waves #salt #gulls
#friends #sailing #blue #sky #holiday and then the long way home with sand in our shoes #sand #shoes
#tired #happy #again #soon #memories #coast #light #evening and nobody wanted it to end #love #life
#photo #nofilter #beach #picnic #bread #cheese #cherries #kites and the dog was wet #dog #wet #funny"""

CODE = """function countBees(hives) {
  let total = 0;
  for (const hive of hives) {
    if (hive.open) { total += hive.bees; }
  }
  return { total, mean: total / hives.length };
}
function report(hives, print) {
  const { total, mean } = countBees(hives);
  print(`There are ${total} bees in all hives, and ${mean} in one of them on average.`);
  for (const hive of hives) {
    print(`${hive.name} has ${hive.bees} bees and stands ${hive.place} of the old barn.`);
  }
}
After this { total, mean } holds what we wanted to know about the bees."""

LIST = """the key
for the shed
the long spade
two old buckets
a coil of rope
the red ladder
nails and wire
one rubber boot
the other boot
lost in May
a broken rake
three flower pots
a bag of lime
the spare wheel
of the cart
seed potatoes
a tin of paint
half dried up
the cat asleep
on the sacks"""


def moved(text: str, word: str, other: str) -> str:
    """``text`` with one word replaced; the word must be there exactly once."""
    if text.count(word) != 1:
        raise ValueError(f"{word!r} is there {text.count(word)} times")
    return text.replace(word, other)


EDITS = {
    "eng_Latn-1": ("mackerel", "herring"),
    "rus_Cyrl-1": ("самовар", "чайник на печку"),
    "arb_Arab-1": ("متعبون", "جائعون"),
    "hin_Deva-1": ("साइकिलों", "मोटरगाड़ियों"),
    "cmn_Hani-1": ("豆浆", "米粥"),
    "tha_Thai-1": ("ตะกร้าหวาย", "ตะกร้าไม้ไผ่"),
    "vie_Latn-1": ("rau xanh", "rau thơm"),
    "tam_Taml-1": ("செவ்வந்தி", "தாமரை"),
    "kor_Hang-1": ("고춧가루와", "생강과"),
}
"""One edit a document: its copy is a near-duplicate in several scripts."""

GARBLED = ("fra_Latn-1", "swe_Latn-1", "tur_Latn-1", "ell_Grek-1", "ukr_Cyrl-1")
"""Documents that are there a second time, read in the wrong charset: once mended they are copies."""

ONLY_GARBLED = ("bul_Cyrl-2", "ces_Latn-2")
"""Documents that are there only so: once mended they are as good as the others."""


def garbled(text: str) -> str:
    """UTF-8 bytes read as Windows-1252, as careless software does; bytes it does not know become C1 controls."""
    out = []
    for byte in text.encode("utf-8"):
        try:
            out.append(bytes([byte]).decode("cp1252"))
        except UnicodeDecodeError:
            out.append(chr(byte))
    return "".join(out)


SALAD = ("fin_Latn-1", "tur_Latn-1", "vie_Latn-1", "swh_Latn-1", "cym_Latn-1", "pol_Latn-1", "ind_Latn-1", "hun_Latn-1")


def salad(texts: list[str]) -> str:
    """A word of each text in turn."""
    return " ".join(word for group in zip(*(text.split() for text in texts), strict=False) for word in group)


def starred(text: str) -> str:
    """Stars and arrows after every third word."""
    words = text.split(" ")
    return " ".join(f"{word} ★★→♥♥★" if n % 3 == 2 else word for n, word in enumerate(words))


def numbered(text: str) -> str:
    """A number of twelve digits after every fourth word."""
    words = text.split(" ")
    return " ".join(f"{word} {n * 104729 + 10**11}" if n % 4 == 3 else word for n, word in enumerate(words))


def documents(prose: Mapping[str, Prose]) -> Iterator[tuple[str, str]]:
    """(name, text) of every planted document; ``prose`` by name gives the material."""
    yield "menu", MENU
    yield "keyword-spam", "\n".join(SPAM for _ in range(12))
    yield "template-spam", "\n".join(f"Find the best rooms in {t} and book the best rooms in {t} today." for t in TOWNS)
    yield "filler", FILLER + prose["eng_Latn-3"].text.replace("clock", "watch")
    for label, text in SHORT.items():
        yield f"too-short-{label}", text
    yield "bullets", BULLETS
    yield "trailing-off", TRAILING
    yield "tags", TAGS
    yield "code", CODE
    yield "short-lines", LIST
    yield "letter-with-addresses", LETTER
    yield "letters-apart", "\n".join(" ".join(line.replace(" ", "")) for line in prose["eng_Latn-1"].paragraphs)
    yield "encoded", "\n".join(hashlib.sha256(bytes([n])).hexdigest() for n in range(60))
    yield "word-salad", salad([prose[name].text for name in SALAD])
    yield "exact-copy", prose["pol_Latn-1"].text
    yield "exact-copy-other-spacing", prose["ita_Latn-1"].text.replace("\n", "\n\n").replace(", ", " , ")
    for name, (word, other) in EDITS.items():
        yield f"near-copy-{name}", moved(prose[name].text, word, other)
    for name in GARBLED + ONLY_GARBLED:
        yield f"garbled-{name}", garbled(prose[name].text)
    for name in ("jpn_Jpan-1", "mal_Mlym-1"):
        # Half of the characters were lost for good.
        yield f"replaced-{name}", "".join("\ufffd" if n % 2 else c for n, c in enumerate(prose[name].text))
    yield "mixed-halves", prose["deu_Latn-2"].text + "\n" + prose["kor_Hang-2"].text
    yield (
        "mixed-lines",
        "\n".join(
            line
            for pair in zip(prose["eng_Latn-3"].paragraphs, prose["rus_Cyrl-2"].paragraphs, strict=True)
            for line in pair
        ),
    )
    yield "mixed-latin", prose["nld_Latn-2"].text + "\n" + prose["fra_Latn-2"].text
    yield "symbols", starred(prose["eng_Latn-2"].text)
    yield "only-symbols", "\n".join("★☆★ ✦✧ →→→ ### *** ~~~ ||| ♥♥♥ ▓▒░ 100 % $$$ !!! >>> <<<" for _ in range(10))
    yield "repeated-line", "\n".join(["Please turn over the page to continue with the next part."] * 25)
    yield "repeated-paragraph", "\n".join([prose["hun_Latn-1"].paragraphs[0]] * 6)
    yield "table", "\n".join(f"{n:03d}\t{n * 37 % 101}\t{n * 53 % 97}.50\t{n * 11 % 13}\tkg" for n in range(1, 60))
    yield "numbers", numbered(prose["eng_Latn-3"].text)
    yield "shouting", prose["por_Latn-1"].text.upper()
    yield "look-alikes", prose["eng_Latn-2"].text.translate(str.maketrans("aeocpx", "аеосрх"))
