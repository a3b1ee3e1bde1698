"""Fetching pages politely, with consent and evidence, into archives that a build reads.

    seeds ─▶ frontier (on disk, one a partition) ─▶ engine (Scrapy) ─▶ fetch (pinned addresses) ─▶ archive (WARC)
                 ▲                                        │
                 └── scope, traps, focus, exchange ◀── page, pipeline.consent, delay

What is arithmetic or text (delay, addresses, canonical, scope, traps, focus) imports no Scrapy and
touches no network.
"""
