"""Code, data and numbers are told from language, and language that looks a little like them is left alone."""

import ast
import json
from pathlib import Path

import pyarrow as pa
import pytest

from langid.code import is_code, label
from langid.kernel import buffers

CODE = {
    "python": """
def joined(parts, sep=","):
    out = []
    for part in parts:
        if part is None or part == "":
            continue
        out.append(str(part).strip())
    return sep.join(out)
""",
    "c": """
static int seek(struct node *list, const char *key, size_t n) {
    for (struct node *p = list; p != NULL; p = p->next) {
        if (strncmp(p->key, key, n) == 0) return p->value;
    }
    return -1;
}
""",
    "java": """
public class Counter {
    private final Map<String, Integer> seen = new HashMap<>();
    public void add(String word) { seen.merge(word, 1, Integer::sum); }
    public int of(String word) { return seen.getOrDefault(word, 0); }
}
""",
    "rust": """
fn widest(lines: &[String]) -> Option<usize> {
    let found = lines.iter().map(|line| line.len()).max()?;
    if found == 0 { return None; }
    Some(found)
}
""",
    "shell": """
set -eu
for f in "$DIR"/*.log; do
    n=$(wc -l < "$f")
    [ "$n" -gt 100 ] && gzip -9 "$f" || echo "$f: $n" >> "$OUT"
done
""",
    "sql": """
SELECT u.id, u.name, COUNT(o.id) AS n_orders FROM users u
LEFT JOIN orders o ON o.user_id = u.id WHERE o.created_at >= '2021-03-01'
GROUP BY u.id, u.name HAVING COUNT(o.id) > 3 ORDER BY n_orders DESC LIMIT 20;
""",
    "css": """
.menu > li { float: left; margin: 0 4px; }
.menu a:hover { color: #c03; text-decoration: none; }
@media (max-width: 600px) { .menu > li { float: none; width: 100%; } }
""",
    "minified": '!function(e,t){"use strict";var n={};function r(i){if(n[i])return n[i].x;var o=n[i]={i:i,l:!1,x:{}};'
    "return e[i].call(o.x,o,o.x,r),o.l=!0,o.x}r.m=e,r.c=n}([function(e,t){e.x=t}]);",
    "json": json.dumps([{"id": n, "name": f"item{n}", "tags": ["a", "b"], "price": n * 1.5} for n in range(6)]),
    "yaml": "\n".join(f"  - name: node_{n}\n    addr: 10.0.0.{n}:80{n}\n    tags: [web, db_{n}]" for n in range(5)),
    "log": "\n".join(
        f"2021-03-0{n} 12:0{n}:41,17{n} INFO [worker-{n}] pool.Task: id={n * 977} state=DONE ms={n * 31}"
        for n in range(1, 7)
    ),
    "base64": "\n".join(
        ["TWFueSBoYW5kcyBtYWtlIGxpZ2h0IHdvcmsuIE1hbnkgaGFuZHMgbWFrZSBsaWdodCB3b3JrLiBN", "YW55IGhhbmRzIG1ha2UgbGln" * 3]
        * 3
    ),
    "hex": "\n".join(f"{n:08x}  4f 1a 00 c3 7f {n:02x} 9e d0  0b 2c 88 f1 6a 33 05 e{n}" for n in range(8)),
    "csv": "\n".join(f"{n},{n * 7919 % 9973},{n * 31 % 28 + 1}.03.2019,{n * 1.37:.2f},kg" for n in range(1, 14)),
    "table in Russian": "\n".join(f"дом;{n * 7919 % 99731};{n}.11.2001;{n * 13.7:.2f};кг" for n in range(1, 14)),
}

LANGUAGE = {
    "a tutorial in Russian": """
Чтобы сложить числа, заведите список и пройдите по нему циклом. Сначала переменная равна нулю:
total = 0
for x in numbers:
    total += x
После цикла в ней лежит сумма всех чисел списка. Напечатайте её и сравните с тем, что ожидали увидеть.
print(total)
Если список пуст, программа напечатает ноль, и это правильный ответ.
""",
    "a tutorial in Hindi": """
सबसे पहले एक सूची बनाइए और उसमें कुछ संख्याएँ रखिए। फिर लूप चलाकर उन्हें जोड़ दीजिए:
total = sum([3, 5, 8])
print(total)
अब स्क्रीन पर सोलह दिखाई देगा। अगर सूची खाली हो तो उत्तर शून्य होगा, और यह भी ठीक है।
""",
    "a tutorial in English": """
To read a file line by line, open it in a with block, so that it is closed again even if something goes wrong.
with open(path) as f:
    for line in f: print(line.strip())
The loop ends by itself when there is nothing left to read. Do not forget that each line still has its line feed at
the end, which is why we call strip before we print it. Try it with a small file of your own first.
""",
    "a recipe": """
200 g flour
3 eggs
1/2 l milk
1 pinch of salt
Mix the flour (sifted) with the eggs, then add the milk bit by bit. Leave for 30 min. Fry in butter at 180 °C for
2–3 min a side; makes 8 to 10 pancakes, 4 servings.
""",
    "verse": "The moon\nhas come\nover the hill,\nand the owl\nis still.\n\nWho goes\nat night?\nOnly wind,\nlight.\n",
    "speech": 'The cow says "moo".\nThe goat says "meh, meh".\nThe horse says "neigh".\n\n"Quack," says she.\n',
    "mathematics": """
Let f be a function with f(0) = 1 and f(x + y) = f(x) f(y) for all real x and y. Then f(x) > 0 for every x, since
f(x) = f(x/2)^2 and f is nowhere zero. Taking logarithms, we see that g = log f is additive, and if f is continuous
then g(x) = cx for some constant c, which proves the claim.
""",
    "chat": "hahaha 😂😂😂 no way!!!\nyes :) see u at 7? ❤️\n"
    "ok <3 bring the cake 🎂 pls\n@maria are you coming too?? #party\n"
    "sure, on my way :D\n",
    "links": """
Weiteres dazu steht auf https://example.org/seite?id=17&lang=de und unter www.example.com/hilfe. Wer lieber liest als
klickt, findet das Wichtigste hier: Die Anmeldung ist bis Ende Mai offen, und sie kostet nichts.
""",
    "left over HTML": """
<p>Am Morgen lag Nebel über dem Tal, und niemand war auf der Straße zu sehen.</p><br/><p>Erst gegen Mittag kam der
Wagen mit der Post, und die Kinder liefen ihm <b>bis zur Brücke</b> entgegen, wie an jedem Tag.</p>
""",
    "Chinese": "昨夜下了大雨，孩子们在家里；妈妈做饭。雨下了一整天！河水涨了，村里的人都到山上去，等到第三天才回来。"
    * 3,
    "Japanese in kana": "どうして、うさぎは はねるの？\nあし が ながい から です。\nみみ も ながい です。\n" * 4,
    "a list of words": "Startseite\nÜber uns\nKontakt\nImpressum\nAnfahrt\nÖffnungszeiten\nSpenden\nMitmachen\n",
}


def judged(texts: list[str]) -> list[bool]:
    return [bool(found) for found in is_code(*buffers(pa.array(texts, pa.string())))]


@pytest.mark.parametrize("name", CODE)
def test_code_and_data_are_no_language(name: str) -> None:
    assert judged([CODE[name], CODE[name] * 40]) == [True, True]


@pytest.mark.parametrize("name", LANGUAGE)
def test_language_that_looks_like_code_is_language(name: str) -> None:
    assert judged([LANGUAGE[name], LANGUAGE[name] * 40]) == [False, False]


def test_little_text_is_left_to_the_model() -> None:
    assert judged(["", " ", "x = 1;", "{}", "12 34", "f(x)\n"]) == 6 * [False]


def test_a_verdict_depends_on_its_document_alone() -> None:
    texts = [*CODE.values(), *LANGUAGE.values()]
    assert judged(texts[::-1])[::-1] == judged(texts) == [judged([text])[0] for text in texts]


def test_any_bytes_are_read_within_bounds() -> None:
    texts = ["é" * n + ";" + "(" + '"' for n in range(60, 70)] + ["{[(<" * 400 + "日", "=" * 5000, "\U0001f600" * 2000]
    assert len(judged(texts)) == len(texts)


def test_labels_are_those_that_models_have_for_no_language() -> None:
    assert [label(script) for script in ("Latn", "Arab", "Cyrl", "Zzzz")] == [
        "zxx_Latn",
        "zxx_Arab",
        "zxx_Zzzz",
        "zxx_Zzzz",
    ]


def bare(source: str) -> str:
    """A Python source without comments and docstrings."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node) is not None:
            node.body = node.body[1:] or [ast.Pass()]
    return ast.unparse(tree)


def test_sources_of_python_without_comments_are_code() -> None:
    folder = Path(json.__file__).parents[1]
    sources = [bare(place.read_text(encoding="utf-8")) for place in sorted(folder.glob("[a-f]*.py"))]
    found = judged([text for text in sources if len(text) > 500])
    assert len(found) > 20
    assert sum(found) >= 0.95 * len(found)
