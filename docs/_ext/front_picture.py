"""The picture of the front page, which is that of the README, drawn anew at each build."""

from pathlib import Path
from runpy import run_path

from pictures import reset
from sphinx.application import Sphinx


def redraw(app: Sphinx) -> None:
    """Write it to where the pages look for it."""
    folder = Path(app.srcdir) / "gallery"
    folder.mkdir(exist_ok=True)
    reset({}, "")
    run_path(str(Path(app.srcdir) / "pictures" / "passes.py"))["draw"](folder)


def setup(app: Sphinx) -> dict[str, bool]:
    """Tell Sphinx."""
    app.connect("builder-inited", redraw)
    return {"parallel_read_safe": True}
