"""Drawing in tests: on no screen, in the default style, and with no figure left open."""

import pytest


@pytest.fixture
def plt():
    pyplot = pytest.importorskip("matplotlib.pyplot", reason="drawing needs the plot extra")
    pyplot.switch_backend("agg")
    with pyplot.rc_context():
        pyplot.rcdefaults()
        yield pyplot
    pyplot.close("all")


@pytest.fixture(params=["default", "dark_background"])
def style(request, plt):
    """Draw in a light and in a dark style."""
    with plt.style.context(request.param):
        yield request.param
