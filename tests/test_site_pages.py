"""The built documentation, read as text: every link inside it leads somewhere, and nothing comes from elsewhere.

LAYERKIT_SITE names the folder of the built pages, such as docs/_build/html after ``nox -s docs``.
"""

import os
import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag

import pytest

SITE = os.environ.get("LAYERKIT_SITE")
needs_site = pytest.mark.skipif(not SITE, reason="LAYERKIT_SITE names no built site; nox -s docs builds one")

ELSEWHERE = re.compile(r"(?:\w+:)?//")
# What a browser fetches without being asked, by tag; of a <link>, all but what names the page itself.
FETCHED = {
    "script": ["src"],
    "img": ["src", "srcset"],
    "source": ["src", "srcset"],
    "iframe": ["src"],
    "video": ["src", "poster"],
    "audio": ["src"],
    "embed": ["src"],
    "object": ["data"],
    "link": ["href"],
}


class Page(HTMLParser):
    """The anchors of a page, its links, and what a browser fetches to show it."""

    def __init__(self, text):
        super().__init__()
        self.anchors, self.links, self.fetched = {""}, [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        self.anchors |= {values[name] for name in ("id", "name") if values.get(name)}
        if tag == "a" and "href" in values:
            self.links.append(values["href"])
        if tag == "link" and values.get("rel") in ("canonical", "index", "search", "next", "prev"):
            self.links.append(values["href"])
            return
        for name in FETCHED.get(tag, []):
            for part in values.get(name, "").split(",") if name == "srcset" else [values.get(name)]:
                if part:
                    self.fetched.append(part.split()[0])
        self.fetched += re.findall(r"url\(['\"]?([^'\")]+)", values.get("style") or "")


def pages(site):
    return {path: Page(path.read_text(encoding="utf-8")) for path in sorted(Path(site).rglob("*.html"))}


def from_elsewhere(site):
    """List what pages and style sheets fetch from other places."""
    found = [
        f"{path.relative_to(site)}: {address}"
        for path, page in pages(site).items()
        for address in page.fetched
        if ELSEWHERE.match(address)
    ]
    for path in sorted(Path(site).rglob("*.css")):
        text = path.read_text(encoding="utf-8")
        addresses = re.findall(r"url\(\s*['\"]?([^'\")]+)|@import\s+['\"]([^'\"]+)", text)
        found += [f"{path.relative_to(site)}: {a or b}" for a, b in addresses if ELSEWHERE.match(a or b)]
    return found


def leading_nowhere(site):
    """List links, and fetched files, that are not there."""
    known, found = pages(site), []
    for path, page in known.items():
        for address in page.links + page.fetched:
            if ELSEWHERE.match(address) or re.match(r"(mailto|data|javascript):", address):
                continue
            file, anchor = urldefrag(address)
            target = (path.parent / unquote(file.partition("?")[0])).resolve() if file else path.resolve()
            target = target / "index.html" if target.is_dir() else target
            there = known.get(target)
            if not target.is_file() or (there and unquote(anchor) not in there.anchors):
                found.append(f"{path.relative_to(site)}: {address}")
    return found


@needs_site
def test_nothing_is_fetched_from_elsewhere():
    assert from_elsewhere(Path(SITE).resolve()) == []


@needs_site
def test_every_link_inside_leads_somewhere():
    assert leading_nowhere(Path(SITE).resolve()) == []


@needs_site
def test_times_of_the_build_are_not_shown():
    # they would change from build to build
    for path in Path(SITE).rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert "Total running time of the script" not in text
        assert "omputation times" not in text


WRONG = {
    "<script src=https://elsewhere.example/a.js></script>": (1, 0),
    "<script src=//elsewhere.example/a.js></script>": (1, 0),
    "<img src='a.png' srcset='a.png, https://elsewhere.example/a.png 2x'>": (1, 0),
    "<link rel=stylesheet href=http://elsewhere.example/a.css>": (1, 0),
    "<p style=\"background: url('https://elsewhere.example/a.png')\">": (1, 0),
    "<a href=missing.html>": (0, 1),
    "<a href=#missing>": (0, 1),
    "<a href='other.html#missing'>": (0, 1),
    "<img src=missing.png>": (0, 1),
    "<a href=https://elsewhere.example/>": (0, 0),
    "<a href='other.html#there'>": (0, 0),
    "<a href='folder/'>": (0, 0),
    "<h1 id='a b'><a href='#a%20b'>": (0, 0),
}


@pytest.mark.parametrize("html", WRONG)
def test_a_fault_is_seen_and_a_right_page_has_none(tmp_path, html):
    (tmp_path / "folder").mkdir()
    for name, text in {"page.html": html, "other.html": "<p id=there>", "folder/index.html": "", "a.png": ""}.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert (len(from_elsewhere(tmp_path)), len(leading_nowhere(tmp_path))) == WRONG[html]


def test_a_style_sheet_is_read(tmp_path):
    sheet = "@import 'https://elsewhere.example/a.css'; p { background: url(https://elsewhere.example/a.png) }"
    (tmp_path / "a.css").write_text(sheet, encoding="utf-8")
    assert len(from_elsewhere(tmp_path)) == 2
