"""Nothing but the public web is asked, however an address is written, and whatever a name resolves to."""

import pytest

from pipeline.crawl.addresses import choose, refused_url

TRICKS = [
    "http://127.0.0.1/",
    "http://127.1/",
    "http://127.0.1/",
    "http://127.255.255.254:8080/",
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0X7F.0.0.1/",
    "http://0177.0.0.1/",
    "http://017700000001/",
    "http://0/",
    "http://0.0.0.0/",
    "http://127.0.0.1./",
    "http://%31%32%37.0.0.1/",
    "http://127%2e0%2e0%2e1/",
    "http://127。0。0。1/",
    "http://１２７.０.０.１/",
    "http://①②⑦.⓪.⓪.①/",
    "http://[::1]/",
    "http://[0:0:0:0:0:0:0:1]/",
    "http://[::]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://[::ffff:0:127.0.0.1]/",
    "http://[::127.0.0.1]/",
    "http://[64:ff9b::7f00:1]/",
    "http://[64:ff9b:1::7f00:1]/",
    "http://[2002:7f00:1::]/",
    "http://[2001:0:4136:e378:8000:63bf:80ff:fffe]/",
    "http://[fe80::1%25eth0]/",
    "http://[fe80::1]/",
    "http://[fd00::1]/",
    "http://[fec0::1]/",
    "http://[ff02::1]/",
    "http://[2001:db8::1]/",
    "http://10.0.0.1/",
    "http://172.16.0.1/",
    "http://172.31.255.255/",
    "http://192.168.1.1/",
    "http://169.254.169.254/latest/meta-data/",
    "http://100.64.0.1/",
    "http://198.18.0.1/",
    "http://192.0.2.1/",
    "http://224.0.0.1/",
    "http://255.255.255.255/",
    "http://localhost/",
    "http://LOCALHOST./",
    "http://foo.localhost/",
    "http://metadata.google.internal/computeMetadata/v1/",
    "http://printer.local/",
    "http://router/",
    "http://example.org@127.0.0.1/",
    "http://user:password@example.org/",
    "http://example.org:22/",
    "http://example.org:6379/",
    "http://example.org:25/",
    "http://256.256.256.256/",
    "http://127.0.0.1.1.1/",
    "http://0x/",
    "http://exa mple.org/",
    "http://example.org\\@127.0.0.1/",
    "http://example.org/\r\nX: y",
    "http://-example.org/",
    "http:///etc/passwd",
    "file:///etc/passwd",
    "ftp://example.org/",
    "gopher://example.org:70/",
    "data:text/html,hello",
    "javascript:alert(1)",
    "dict://example.org:2628/",
    "//example.org/",
    "http://example.org:99999/",
    "http://[::1/",
]


@pytest.mark.parametrize("url", TRICKS)
def test_tricks_are_refused(url):
    assert refused_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/",
        "https://example.org:443/a?b=c",
        "http://example.org:8080/",
        "https://www.bbc.co.uk/swahili",
        "http://8.8.8.8/",
        "http://[2606:4700::6810:84e5]/",
        "http://münchen.example/",
        "http://7-zip.example/",
        "http://under_score.example/",
        "http://172.15.0.1/",
        "http://172.32.0.1/",
        "http://[2002:808:808::1]/",
        "http://127.example/",
    ],
)
def test_the_public_web_is_not(url):
    assert refused_url(url) == ""


def test_what_is_allowed_for_tests_is_addresses_alone():
    assert refused_url("http://127.0.0.1:6379/", allow_private=True) == ""
    assert refused_url("http://localhost/", allow_private=True) == ""
    assert refused_url("file:///etc/passwd", allow_private=True)
    assert refused_url("http://user@127.0.0.1/", allow_private=True)


@pytest.mark.parametrize(
    "answers",
    [
        ["127.0.0.1"],
        ["10.1.2.3"],
        ["::1"],
        ["fe80::1%eth0"],
        ["::ffff:192.168.0.1"],
        ["93.184.216.34", "127.0.0.1"],  # one that is public and one that is not: a name that is made to rebind
        ["169.254.169.254"],
        ["64:ff9b::a00:1"],
    ],
)
def test_a_name_that_resolves_inwards_is_refused(answers):
    with pytest.raises(PermissionError, match="resolves to"):
        choose(answers)


def test_the_first_public_answer_is_the_one_to_connect_to():
    assert choose(["93.184.216.34", "2606:2800:220:1::1"]) == "93.184.216.34"
    assert choose([]) is None
    assert choose(["127.0.0.1"], allow_private=True) == "127.0.0.1"
