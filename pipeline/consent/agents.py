"""Names that sites use in robots.txt to keep their text out of training, with whoever says what each stands for."""

from collections.abc import Mapping
from types import MappingProxyType

SOURCES: Mapping[str, str] = MappingProxyType(
    {
        "ai2bot": "https://allenai.org/crawler",
        "ai2bot-dolma": "https://allenai.org/crawler",
        "amazonbot": "https://developer.amazon.com/amazonbot",
        "anthropic-ai": "https://github.com/ai-robots-txt/ai.robots.txt (older name of ClaudeBot)",
        "applebot-extended": "https://support.apple.com/119829",
        "bytespider": "https://github.com/ai-robots-txt/ai.robots.txt (ByteDance documents none)",
        "ccbot": "https://commoncrawl.org/ccbot",
        "claude-web": "https://github.com/ai-robots-txt/ai.robots.txt (older name of ClaudeBot)",
        "claudebot": "https://support.anthropic.com/articles/8896518",
        "cohere-ai": "https://github.com/ai-robots-txt/ai.robots.txt",
        "cohere-training-data-crawler": "https://github.com/ai-robots-txt/ai.robots.txt",
        "diffbot": "https://docs.diffbot.com",
        "facebookbot": "https://developers.facebook.com/docs/sharing/webmasters/web-crawlers",
        "google-extended": "https://developers.google.com/search/docs/crawling-indexing/google-common-crawlers",
        "gptbot": "https://platform.openai.com/docs/bots",
        "meta-externalagent": "https://developers.facebook.com/docs/sharing/webmasters/web-crawlers",
        "omgili": "https://webz.io/bot.html",
        "omgilibot": "https://webz.io/bot.html",
        "pangubot": "https://github.com/ai-robots-txt/ai.robots.txt (Huawei)",
        "timpibot": "https://github.com/ai-robots-txt/ai.robots.txt",
        "webzio-extended": "https://webz.io/bot.html",
    }
)
"""By name, in lower case."""

TRAINING = tuple(SOURCES)
"""Their groups bind us too, where a robots.txt names them."""
