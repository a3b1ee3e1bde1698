"""Words that name a number as one of another kind: after them it is no telephone and no card."""

import re

NAMES = {
    "codes": "isbn, issn, ismn, imei, iccid, ean, upc, gtin, asin, vin, guid, doi, pmid, orcid, md5, sha1, sha256",
    "English": "order, invoice, tracking, serial, receipt, voucher, ticket, patent, barcode, reference",
    "German": "bestellnummer, rechnungsnummer, auftragsnummer, sendungsnummer, seriennummer, aktenzeichen",
    "Romance": "commande, facture, pedido, factura, encomenda, fatura, ordine, fattura",
    "Dutch, Finnish, Hungarian, Turkish": "bestelling, factuur, tilaus, rendelés, sipariş",
    "Slavic": "zamówienie, faktura, objednávka, заказ, заказа, счёт, счет, накладная, замовлення, поръчка",
    "Indonesian, Vietnamese": "pesanan, faktur, hóa đơn, đơn hàng",
    "Chinese, Japanese, Korean": "訂單, 订单, 单号, 單號, 編號, 编号, 注文, 伝票, 주문, 송장",
    "Arabic, Persian, Hebrew": "طلب, فاتورة, سفارش, הזמנה, חשבונית",
    "others": "ऑर्डर, चालान, অর্ডার, คำสั่งซื้อ, ใบแจ้งหนี้, παραγγελία, τιμολόγιο, ትዕዛዝ",
}
"""Trade, books, devices, parcels, by language."""

_NAMED = re.compile("|".join(re.escape(word) for words in NAMES.values() for word in words.split(", ")))


def names_another(text: str) -> bool:
    """Whether the few words before a number name it as such."""
    for matched in _NAMED.finditer(text.lower()):
        edges = text[matched.start() - 1 : matched.start()] + text[matched.end() : matched.end() + 1]
        if not matched[0].isascii() or not any(edge.isalpha() for edge in edges):
            return True
    return False
