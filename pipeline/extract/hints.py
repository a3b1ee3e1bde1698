"""Words in class, id, role and style attributes that say what an element is for, found in one pass over the bytes."""

import functools

import numpy as np
import numpy.typing as npt

HINTS: tuple[tuple[str, str], ...] = (
    # A blank is where a word begins or ends: capitals after small letters, and anything but a letter, part words.
    (
        "body",
        "articlebody|article body|entry content|post content|post body|story body|body copy|article text|"
        "storytext|postbody|article content|content body|artikeltext|blogpost|field name body|richtext|"
        "rich text|prose|markdown|mw parser output|wysiwyg",
    ),
    ("article", "article|artikel|articulo|articolo|artykul|hentry| entry|story| post "),
    ("content", "content|inhalt|contenu|contenido|contenuto|tresc|texte| text|haupttext|fliesstext"),
    ("main", " main|primary|haupt|single"),
    (
        "lead",
        " lead| lede|intro|teaser text|abstract|summary|excerpt|standfirst|vorspann|chapo| deck|subtitle|"
        "subhead|kicker|dachzeile",
    ),
    (
        "comment",
        "comment|kommentar|commentaire|comentario|commento|komentar|disqus|respond|reply|replies|feedback|guestbook",
    ),
    ("nav", " nav|menu|navigation|navbar|breadcrumb|sitemap|toplinks|subnav|rubrik| tabs"),
    ("foot", "foot|contentinfo|colophon|copyright|impressum|imprint|bottom|legal"),
    ("head", "header|masthead|banner|topbar|toolbar|logo|branding"),
    (
        "side",
        "sidebar|side bar| aside|complementary|seitenleiste|marginal|randspalte|right col|rightcol|left col|"
        "leftcol|rail|secondary",
    ),
    (
        "share",
        "share|sharing|social|facebook|twitter|whatsapp|teilen|addthis|follow|shariff|partage|like box|"
        " gplus|instagram|youtube",
    ),
    (
        "related",
        "related|recommend|more from|mehr zum|similar|popular|most read|trending|latest|recent|weitere|"
        "verwandt|read next|readnext|also|outbrain|taboola|liens|promoted|see more|upnext",
    ),
    (
        "advert",
        " ad | ads |advert|sponsor|werbung|anzeige|publicidad|pub |promo|banner ad|adsense|dfp|gpt|reklam|"
        "affiliate|commercial",
    ),
    (
        "byline",
        "byline|author|autor|auteur|date|datum|published|posted|time stamp|timestamp| meta|credit|source|"
        "dateline|vcard|bio ",
    ),
    ("tags", " tag | tags|taglist|tag list|category|categories|kategorie|schlagwort|topics|keywords|labels|filed"),
    (
        "caption",
        "caption|bildunterschrift|legende|image credit|bildtext|imgtext|photo|bild|gallery|galerie|slideshow|"
        "carousel|slider|lightbox|thumbnail|thumb ",
    ),
    ("teaser", "teaser|card|tile|listing|list item|item list|headline list|archive|grid|feed| box|kasten|panel"),
    ("widget", "widget|module|block |plugin|portlet|addon|component"),
    (
        "notice",
        "cookie|consent|gdpr|modal|popup|pop up|overlay|paywall|banner|alert|notice|disclaimer|hinweis|"
        "warning|message|dialog",
    ),
    (
        "letter",
        "newsletter|subscribe|subscription|signup|sign up|abonn|abo |mailing|login|log in|register|anmeld|"
        "account|donat|spende",
    ),
    ("pages", "pagination|pager|paging|page nav|page numbers|next prev|prev next|previous|nextpost|seite|jump"),
    ("search", "search|suche|recherche|buscar|filter|sort "),
    ("shop", "product|price|cart|shop|warenkorb|preis|buy|rating|review|stars"),
    ("title", " title|headline|heading|titel|ueberschrift|titulo|titre"),
    (
        "toc",
        " toc |table of contents|inhaltsverzeichnis|index nav|footnote|endnote|references|reflist|bibliograph|quellen",
    ),
    ("quote", "quote|zitat|blockquote|highlight|code|syntax| pre |snippet"),
    (
        "unseen",
        "display none|visually hidden|visuallyhidden|sr only|screen reader|hidden|noprint|no print|printonly|"
        "print only|invisible|collapse|skip link|skiplink|skip to",
    ),
    ("list", "liste|list"),
    ("docs", "docs|document|documentation|help|manual|chapter|section|sect |titlepage|refentry|navheader|navfooter"),
    ("forum", "forum|thread|topic|bbs|viewtopic|posting|postrow|signature|profile|avatar|user"),
)
"""Groups by name, and the words that count for each."""

NAMES = tuple(name for name, _ in HINTS)
UNSEEN = 1 << NAMES.index("unseen")
LETTERS = 27  # a to z, and whatever parts words


def _symbols(word: str) -> list[int]:
    return [26 if letter == " " else ord(letter) - 97 for letter in word]


@functools.cache
def automaton() -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int64]]:
    """Aho and Corasick's: next state by state and letter, (states, LETTERS); the groups found there, (states,)."""
    after: list[list[int]] = [[-1] * LETTERS]
    found = [0]
    for group, (_, words) in enumerate(HINTS):
        for word in words.split("|"):
            state = 0
            for symbol in _symbols(word):
                if after[state][symbol] < 0:
                    after[state][symbol] = len(after)
                    after.append([-1] * LETTERS)
                    found.append(0)
                state = after[state][symbol]
            found[state] |= 1 << group
    back = [0] * len(after)
    waiting = []
    for symbol in range(LETTERS):
        child = after[0][symbol]
        after[0][symbol] = max(child, 0)
        if child > 0:
            waiting.append(child)
    for state in waiting:
        found[state] |= found[back[state]]
        for symbol in range(LETTERS):
            child = after[state][symbol]
            other = after[back[state]][symbol]
            if child < 0:
                after[state][symbol] = other
            else:
                back[child] = other
                waiting.append(child)
    return np.array(after, np.int32), np.array(found, np.int64)
