"""The article in a web page: its main text without menus and notices, found by trafilatura.

Barbaresi (2021), "Trafilatura: A Web Scraping Library and Command-Line Tool for Text Discovery and
Extraction", ACL-IJCNLP 2021 System Demonstrations.
"""

from __future__ import annotations

import re

from .decoding import decode
from .rejects import Unreadable

_CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_XML_DECLARATION = re.compile(r"\s*<\?xml[^>]*\?>")


def read_page(raw: bytes) -> dict[str, object]:
    """The cells of a page: ``text`` with a line for each headline and paragraph, ``title``, ``published``, ``source``.

    A date counts only where the page says it is one of publication: any date in the text is more likely that
    of an event. Raises ``Unreadable`` where there is no article.
    """
    from trafilatura import bare_extraction  # slow to import, and many runs read no page

    declared = _CHARSET.search(raw, 0, 4096)
    # A declaration would speak of the bytes, and lxml refuses one in text that is decoded already.
    html = _XML_DECLARATION.sub("", decode(raw, declared[1].decode("ascii", "replace") if declared else None), count=1)
    try:
        page = bare_extraction(
            html,
            include_comments=False,
            with_metadata=True,
            date_extraction_params={"extensive_search": False, "original_date": True},
        )
    except Exception as error:  # whatever a stranger's page may break in the parser, it is this page alone
        raise Unreadable(f"the page cannot be read: {error!r}") from error
    if page is None or isinstance(page, dict) or not page.text:  # a dict is what older calls ask for
        raise Unreadable("no article was found in the page")
    return {"text": page.text, "title": page.title, "published": page.date, "source": page.sitename}
