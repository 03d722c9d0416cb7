import sys

import numpy as np
import pytest
from legibility import contrast, troubles

import layerkit as lk
from layerkit.plots import canvas

MODEL = lk.Sequential(lk.Dense(2, 1), rng=0)
DRAWING = {
    "activation": lambda ax=None: lk.plots.activation("relu", ax=ax),
    "history": lambda ax=None: lk.plots.history({"loss": [3.0, 2.0]}, ax=ax),
    "History.plot": lambda ax=None: record().plot(ax=ax),
    "distributions": lambda ax=None: lk.plots.distributions(MODEL, ax=ax),
    "diagram": lambda ax=None: lk.plots.diagram(MODEL, ax=ax),
    "Trace.plot": lambda ax=None: lk.trace(MODEL, [[1.0, 2.0]], [[3.0]], lk.MSELoss()).plot(ax=ax),
}
every_drawing = pytest.mark.parametrize("draw", DRAWING.values(), ids=DRAWING)


def record():
    history = lk.History()
    history.append({"loss": 1.0, "learning_rate": 0.1})
    return history


@every_drawing
def test_axes_that_were_given_are_drawn_on_and_returned(plt, draw):
    _, (left, right) = plt.subplots(1, 2, layout="constrained")
    assert draw(ax=right) is right
    assert right.has_data() or right.patches
    assert not left.has_data()
    assert not left.texts
    assert len(plt.get_fignums()) == 1


@every_drawing
def test_without_axes_there_is_a_new_figure_each_time(plt, draw):
    first, second = draw(), draw()
    assert isinstance(first, plt.Axes)
    assert first.figure is not second.figure
    assert len(plt.get_fignums()) == 2


@every_drawing
def test_missing_matplotlib_is_named_with_the_command_that_installs_it(plt, draw, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(lk.errors.MissingExtraError, match=r'plots need .*: pip install "layerkit\[plot\]"$'):
        draw()


@every_drawing
def test_global_style_is_left_alone(plt, draw):
    before = dict(plt.rcParams)
    draw()
    assert dict(plt.rcParams) == before


def test_contrast_is_that_of_wcag():
    assert contrast("#000000", "#ffffff") == 21
    assert contrast("#808080", "#808080") == 1
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.005)  # the well-known lightest gray of level AA


@pytest.mark.parametrize("ground", ["#ffffff", "#000000"])
def test_every_color_stands_out_on_white_and_on_black(ground):
    assert len(set(canvas.COLORS)) == 4
    assert {c: contrast(c, ground) for c in (*canvas.COLORS, canvas.GRAY) if contrast(c, ground) < 3} == {}


def test_default_font_has_the_prime(plt):
    from matplotlib.font_manager import FontProperties, findfont, get_font

    assert get_font(findfont(FontProperties())).get_char_index(ord("′")) != 0


def extents(panels):
    corners = np.array([panel.get_position().extents for panel in panels])
    return [*corners[:, :2].min(axis=0), *corners[:, 2:].max(axis=0)]


@pytest.mark.parametrize("rows", [1, 3])
def test_panels_share_the_place_of_the_axes(plt, rows):
    figure, (left, right) = plt.subplots(1, 2)
    place = left.get_position()
    shown = canvas.panels(left, rows)
    assert shown[0] is left
    assert figure.axes == [left, right, *shown[1:]]
    np.testing.assert_allclose(extents(shown), place.extents)
    tops = [panel.get_position().y1 for panel in shown]
    assert tops == sorted(tops, reverse=True)


def test_panels_of_a_column_share_x_and_those_of_a_row_share_y(plt):
    first, second = canvas.panels(plt.figure().add_subplot(), 2)
    assert first.get_shared_x_axes().joined(first, second)
    assert not first.get_shared_y_axes().joined(first, second)
    first, second = canvas.panels(plt.figure().add_subplot(), 1, 2)
    assert not first.get_shared_x_axes().joined(first, second)
    assert first.get_shared_y_axes().joined(first, second)


def test_panels_share_the_place_of_axes_that_were_put_there_by_hand(plt):
    ax = plt.figure().add_axes((0.2, 0.1, 0.6, 0.5))
    shown = canvas.panels(ax, 2)
    np.testing.assert_allclose(extents(shown), (0.2, 0.1, 0.8, 0.6))


def test_panels_stay_in_their_subfigure(plt):
    _, below = plt.figure(layout="constrained").subfigures(2)
    ax = lk.plots.history({"loss": [2.0, 1.0], "accuracy": [0.1, 0.2]}, ax=below.subplots())
    assert ax.figure is below
    assert len(below.axes) == 2


@pytest.mark.parametrize("layout", ["constrained", None])
def test_legend_stands_beside_the_lines_only_where_the_layout_makes_room(plt, layout):
    figure, ax = plt.subplots(layout=layout)
    lk.plots.history({"loss": [3.0, 2.0], "val_loss": [3.5, 2.5]}, ax=ax)
    figure.canvas.draw()
    legend, frame = ax.get_legend().get_window_extent(), ax.get_window_extent()
    assert legend.x1 <= figure.bbox.x1
    assert (legend.x0 >= frame.x1) == (layout == "constrained")


def test_texts_that_are_cut_off_or_lie_on_something_are_found(plt):
    figure, ax = plt.subplots()
    assert troubles(figure) == []
    ax.text(0.0, 0.5, "leaves", transform=figure.transFigure, ha="right")
    ax.text(0.2, 0.5, "inside", va="bottom")
    ax.text(0.2, -0.3, "below")
    ax.text(0.21, -0.3, "over it")
    ax.text(0.5, 0.5, "written into it", ha="center", va="center")
    assert troubles(figure) == [
        "'leaves' is cut off",
        "'below' is cut off",
        "'over it' is cut off",
        "'inside' lies on a frame",
        "'below' lies on 'over it'",
    ]
