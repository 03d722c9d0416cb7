"""The documentation as a reader sees it: the built pages in a browser.

LAYERKIT_SITE names the folder of the built pages, such as docs/_build/html after ``nox -s docs``.
"""

import os
from pathlib import Path

import pytest
from browser import CHROMIUM, Browser, Server

SITE = os.environ.get("LAYERKIT_SITE")
PAGES = sorted(page.relative_to(SITE).as_posix() for page in Path(SITE).rglob("*.html")) if SITE else ["index.html"]
PHONE, DESKTOP = 390, 1280

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed, or no POSIX system")
needs_site = pytest.mark.skipif(not SITE, reason="LAYERKIT_SITE names no built site; nox -s docs builds one")

# Pictures below the window are loaded as well, and the formulas are set; then everything is counted.
LOOK = """
(async () => {
  for (const image of document.images) image.loading = "eager";
  await Promise.all([...document.images].map(image => image.decode().catch(() => null)));
  if (window.MathJax && MathJax.startup) await MathJax.startup.promise;
  return {
    formulas: document.querySelectorAll(".math").length,
    set: document.querySelectorAll(".math mjx-container").length,
    wrong: [...document.querySelectorAll("mjx-merror, [data-mml-node='merror']")].map(error => error.textContent),
    empty: [...document.images].filter(image => !image.naturalWidth).map(image => image.src),
  };
})()
"""
# How much wider than the window the page is; what reaches beyond the window, and which formulas reach beyond the text,
# without being part of something that the reader can scroll, such as a block of code.
OVERFLOW = """
(() => {
  const width = document.documentElement.clientWidth;
  const scrolls = element => element && element.tagName !== "ARTICLE" && (
    ["auto", "scroll"].includes(getComputedStyle(element).overflowX) || scrolls(element.parentElement));
  const beyond = [...document.querySelectorAll("article *")].filter(element => {
    const box = element.getBoundingClientRect();
    return box.width > 1 && box.height > 1 && box.right > width + 1 && !scrolls(element);
  });
  const formulas = [...document.querySelectorAll("article mjx-container")].filter(formula => {
    const parts = [formula, ...formula.children].map(part => part.getBoundingClientRect().right);
    return Math.max(...parts) > formula.closest("article").getBoundingClientRect().right + 1 && !scrolls(formula);
  });
  return {
    pixels: document.documentElement.scrollWidth - width,
    beyond: beyond.slice(0, 3).map(element => element.outerHTML.slice(0, 80)),
    clipped: formulas.map(formula => formula.textContent.slice(0, 40)),
  };
})()
"""


@pytest.fixture(scope="module")
def browser():
    with Browser() as browser:
        yield browser


@pytest.fixture(scope="module")
def site():
    with Server(SITE) as server:
        yield server.address


def faults(browser, site, page):
    """Return what is wrong with a page, in words."""
    browser.resize(DESKTOP)
    browser.visit(site + page)
    seen = browser.evaluate(LOOK)
    found = [f"the console says: {problem}" for problem in browser.problems]
    found += [f"leaves the site: {url}" for url in browser.requests if not url.startswith((site, "data:", "blob:"))]
    found += [f"picture that does not load: {source}" for source in seen["empty"]]
    found += [f"formula with an error: {formula}" for formula in seen["wrong"]]
    if seen["set"] != seen["formulas"]:
        found.append(f"{seen['formulas']} formulas, of which {seen['set']} are set")
    for width in (DESKTOP, PHONE):
        browser.resize(width)
        overflow = browser.evaluate(OVERFLOW)
        if overflow["pixels"] > 0:
            found.append(f"{overflow['pixels']} pixels too wide for a window of {width}")
        found += [f"reaches beyond a window of {width}: {element}" for element in overflow["beyond"]]
        found += [f"formula clipped in a window of {width}: {formula}" for formula in overflow["clipped"]]
    return found


@needs_site
@pytest.mark.parametrize("page", PAGES)
def test_page_is_whole_on_a_desktop_and_on_a_phone(browser, site, page):
    assert faults(browser, site, page) == []


@needs_site
def test_formulas_and_pictures_are_there_to_be_checked(browser, site):
    browser.visit(site + "activations.html")
    assert browser.evaluate("document.querySelectorAll('.math').length") > 10
    assert browser.evaluate("document.images.length") > 10


@needs_site
@pytest.mark.parametrize("width", [PHONE, DESKTOP])
def test_search_finds_dense(browser, site, width):
    browser.resize(width)
    browser.visit(site + "search.html?q=Dense")
    found = browser.evaluate("""
        new Promise((resolve, reject) => {
          const look = () => {
            const links = [...document.querySelectorAll("#search-results li a")].map(link => link.href);
            const page = links.find(link => link.includes("api/generated/layerkit.Dense.html"));
            if (page) resolve(page);
          };
          new MutationObserver(look).observe(document.body, {childList: true, subtree: true});
          setTimeout(() => resolve(null), 10000);
          look();
        })
    """)
    assert found
    assert browser.problems == []
    browser.visit(found)
    assert browser.evaluate("document.querySelector('h1').textContent").startswith("Dense")


RIGHT = "<!doctype html><meta name=viewport content='width=device-width'><link rel=icon href=data:,><p>Right."
WRONG = {
    "the console says: lost": "<script>console.error('lost')</script>",
    "the console says: Error: thrown": "<script>throw new Error('thrown')</script>",
    "the console says: Failed to load resource": "<script src=missing.js></script>",
    "leaves the site: http://localhost": "<script>fetch('http://localhost:9/').catch(() => null)</script>",
    "picture that does not load": "<img src=missing.png>",
    "1 formulas, of which 0 are set": "<span class=math>x</span>",
    "formula with an error: Missing }": "<span class=math><mjx-container><mjx-merror>Missing }</mjx-merror></span>",
    "reaches beyond a window of 390: <p": "<article style='overflow: auto'><p style='width: 400px'>wide</p></article>",
    "formula clipped in a window of 1280: wide": "<article style='width: 300px; overflow: hidden'><p class=math>"
    "<mjx-container><b style='display: block; width: 310px'>wide</b></mjx-container></article>",
    "10 pixels too wide for a window of 390": "<div style='position: absolute; left: 0; width: 400px'>wide</div>",
    "20 pixels too wide for a window of 1280": "<div style='position: absolute; left: 0; width: 1300px'>wide</div>",
}


RIGHT_PARTS = [
    "",
    "<img src=data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==>",
    "<span class=math><mjx-container>x</mjx-container></span>",
    "<article style='width: 300px'><p class=math style='overflow: auto'>"
    "<mjx-container><b style='display: block; width: 310px'>x</b></mjx-container></article>",
    "<article><pre style='overflow: auto'><b style='display: block; width: 2000px'>code</b></pre></article>",
]


def write(folder, part):
    (folder / "index.html").write_text(RIGHT + part, encoding="utf-8")
    return Server(folder)


@pytest.mark.parametrize("said", WRONG)
def test_a_fault_is_seen(browser, tmp_path, said):
    with write(tmp_path, WRONG[said]) as server:
        assert any(said in fault for fault in faults(browser, server.address, "index.html"))


@pytest.mark.parametrize("part", RIGHT_PARTS)
def test_a_whole_page_has_no_fault(browser, tmp_path, part):
    with write(tmp_path, part) as server:
        assert faults(browser, server.address, "index.html") == []
