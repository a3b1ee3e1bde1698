"""Books made by hand: what a test needs of EPUB and PDF, and no more."""

import io
import zipfile
import zlib
from collections.abc import Iterable, Mapping

CONTAINER = (
    '<?xml version="1.0"?><container xmlns="urn:oasis:names:tc:opendocument:xmlns:container" version="1.0"><rootfiles>'
    '<rootfile full-path="OEBPS/a b.opf" media-type="application/oebps-package+xml"/></rootfiles></container>'
)


def zipped(files: Mapping[str, str | bytes]) -> bytes:
    """A ZIP file; its first one is stored."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as out:
        for number, (name, body) in enumerate(files.items()):
            out.writestr(name, body, zipfile.ZIP_DEFLATED if number else zipfile.ZIP_STORED)
    return packed.getvalue()


def epub(chapters: Mapping[str, str], metadata: str = "", more: Mapping[str, str | bytes] | None = None) -> bytes:
    """An EPUB of these documents (whole, or what is in their body), in this order in the spine."""
    items = "".join(
        f'<item id="c{n}" href="{name}" media-type="application/xhtml+xml" properties="{name.split(".")[0]}"/>'
        for n, name in enumerate(chapters)
    )
    spine = "".join(f'<itemref idref="c{n}"/>' for n in range(len(chapters)))
    package = (
        f'<package xmlns="http://www.idpf.org/2007/opf" version="3.0"><metadata xmlns:dc="http://purl.org/dc/elements/'
        f'1.1/">{metadata}</metadata><manifest>{items}</manifest><spine>{spine}</spine></package>'
    )
    documents = {
        f"OEBPS/{name}": body
        if "<html" in body
        else f'<html xmlns="http://www.w3.org/1999/xhtml" '
        f'xmlns:epub="http://www.idpf.org/2007/ops"><head><title>t</title></head><body>{body}</body></html>'
        for name, body in chapters.items()
    }
    mark = {"mimetype": "application/epub+zip", "META-INF/container.xml": CONTAINER}
    return zipped({**mark, "OEBPS/a b.opf": package, **documents, **(more or {})})


def pdf(
    pages: Iterable[Iterable[str]], head: str = "", encrypt: str = "", unicode: bool = True, step: int = 14
) -> bytes:
    """A PDF of these lines, a page each, in a font without shapes; each character is its number in UTF-16."""
    pages = [list(lines) for lines in pages]
    codes = sorted({ord(character) for lines in pages for line in lines for character in line})
    pairs = "\n".join(f"1 beginbfchar <{code:04x}> <{code:04x}> endbfchar" for code in codes)
    cmap = (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /X def /CMapType 2 def\n"
        f"1 begincodespacerange <0000> <FFFF> endcodespacerange\n{pairs}\nendcmap end end"
    )
    told = "/ToUnicode 4 0 R" if unicode else ""
    font = f"""<< /Type /Font /Subtype /Type0 /BaseFont /X /Encoding /Identity-H {told} /DescendantFonts [<<
        /Type /Font /Subtype /CIDFontType2 /BaseFont /X /DW 500
        /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >>
        /FontDescriptor << /Type /FontDescriptor /FontName /X /Flags 4 /FontBBox [0 -200 1000 800] /Ascent 800
            /Descent -200 /ItalicAngle 0 /CapHeight 700 /StemV 80 >> >>] >>"""
    objects = [b"", b"", font.encode(), _stream(cmap.encode()), f"<< {head} >>".encode()]
    kids = []
    for lines in pages:
        drawn = [
            f"BT /F 10 Tf 50 {780 - step * n} Td <{line.encode('utf-16-be').hex()}> Tj ET"
            for n, line in enumerate(lines)
        ]
        objects.append(_stream(zlib.compress("\n".join(drawn).encode()), b"/Filter /FlateDecode"))
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {len(objects)} 0 R"
            " /Resources << /Font << /F 3 0 R >> >> >>".encode()
        )
        kids.append(len(objects))
    objects[0] = b"<< /Type /Catalog /Pages 2 0 R >>"
    objects[1] = f"<< /Type /Pages /Count {len(kids)} /Kids [{' '.join(f'{kid} 0 R' for kid in kids)}] >>".encode()
    out = io.BytesIO()
    out.write(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(out.tell())
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    for place in places:
        out.write(b"%010d 00000 n \n" % place)
    trailer = f"<< /Size {len(objects) + 1} /Root 1 0 R /Info 5 0 R {encrypt} >>"
    out.write(f"trailer\n{trailer}\nstartxref\n{start}\n%%EOF\n".encode())
    return out.getvalue()


def _stream(body: bytes, more: bytes = b"") -> bytes:
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(body), more, body)
