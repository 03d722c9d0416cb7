import subprocess
import sys

import numpy as np
import pytest
from legibility import shown_texts
from paper import X, Y, network

import layerkit as lk

matplotlib = pytest.importorskip("matplotlib", reason="drawing needs the plot extra")
matplotlib.use("agg")
plt = pytest.importorskip("matplotlib.pyplot")


@pytest.fixture(autouse=True)
def _closed():
    yield
    plt.close("all")


def chain(length):
    """Return a trace through `length` layers."""
    layers = [lk.Dense(8, 16), *(lk.LeakyReLU() if i % 2 else lk.Dense(16, 16) for i in range(1, length))]
    model = lk.Sequential(*layers, rng=0)
    rng = np.random.default_rng(0)
    return lk.trace(model, rng.normal(size=(128, 8)), rng.normal(size=(128, 16)), lk.MSELoss())


def texts(ax):
    return [text.get_text() for text in ax.texts]


def arrows(ax):
    return [patch for patch in ax.patches if type(patch).__name__ == "FancyArrow"]


def test_boxes_and_arrows_say_what_they_are():
    ax = lk.trace(network(), X, Y, lk.MSELoss()).plot()
    assert texts(ax) == [
        *("0  Dense", "2, 2", "x (2, 2)", "∂C/∂x (2, 2)", "dW (2, 2)\ndb (2,)"),
        *("1  ReLU", "z (2, 2)", "δ (2, 2)"),
        *("2  Dense", "2, 1", "a (2, 2)", "∂C/∂a (2, 2)", "dW (2, 1)\ndb (1,)"),
        *("MSELoss", "C = 10", "z (2, 1)", "∂C/∂a (2, 1)"),
    ]


def test_values_go_right_gradients_go_left_and_those_of_parameters_down():
    ax = lk.trace(network(), X, Y, lk.MSELoss()).plot()
    # the tip of an arrow is the vertex that lies alone at one end; for each box: value, gradient, parameters
    directions = []
    for arrow in arrows(ax):
        corners = np.unique(arrow.get_xy().round(9), axis=0)
        size = np.ptp(corners, axis=0)
        along = int(np.argmax(size))
        centre = (corners[:, along].min() + corners[:, along].max()) / 2
        heads = corners[np.abs(corners[:, along] - centre) < size[along] / 2 - 1e-6][:, along].mean()
        directions.append("xy"[along] + "-+"[int(heads > centre)])
    assert directions == ["x+", "x-", "y-", "x+", "x-", "x+", "x-", "y-", "x+", "x-"]


def test_color_is_the_size_of_the_numbers_and_the_bar_says_so():
    trace = lk.trace(network(), X, Y, lk.MSELoss())
    ax = trace.plot()
    bar = ax.figure.axes[1]
    assert "root mean square of the elements" in bar.get_xlabel()
    low, high = bar.get_xlim()
    assert low == pytest.approx((15 / 4) ** 0.5)  # x, the smallest
    assert high == pytest.approx(10 * low)  # a decade is the least; the largest, dW and db of layer 0, is 10.7
    scale = matplotlib.colors.LogNorm(low, high)
    expected = [(15 / 4) ** 0.5, 169**0.5 / 2]  # x and ∂C/∂x
    for arrow, size in zip(arrows(ax), expected, strict=False):
        assert arrow.get_facecolor() == matplotlib.colormaps["viridis"](scale(size))


def test_zero_and_not_finite_are_told_apart_from_small_and_large():
    x = np.array([[0.0, 0.0]])
    still = lk.trace(network(), x, [[np.nan]], lk.MSELoss()).plot()
    assert arrows(still)[0].get_facecolor()[3] == 0
    assert arrows(still)[1].get_hatch()
    assert still.figure.axes[1].get_xlabel().endswith("hollow: all 0, crossed: NaN or infinity")


def check_texts(ax):
    ax.figure.canvas.draw()
    bar = ax.figure.axes[1]
    texts = [*ax.texts, *shown_texts(bar)]
    boxes = [text.get_window_extent() for text in texts]
    for i, box in enumerate(boxes):
        assert box.x0 >= 0, texts[i]
        assert box.y0 >= 0, texts[i]
        assert box.x1 <= ax.figure.bbox.x1, texts[i]
        assert box.y1 <= ax.figure.bbox.y1, texts[i]
        assert not any(box.overlaps(other) for other in boxes[:i]), texts[i]


def test_no_text_of_a_block_is_cut_off_or_lies_on_another():
    check_texts(blocks().plot())


@pytest.mark.parametrize("length", [1, 3, 4, 5, 7, 12])
def test_no_text_is_cut_off_or_lies_on_another(length):
    ax = chain(length).plot()
    figure = ax.figure
    check_texts(ax)
    assert len(arrows(ax)) == 2 * (length + 1) + (length + 1) // 2
    width = figure.get_size_inches()[0]
    assert width < 9


def test_text_shrinks_with_the_place_that_it_gets():
    figure, (left, _) = plt.subplots(1, 2, figsize=(7, 3), layout="constrained")
    assert chain(3).plot(ax=left) is left
    figure.canvas.draw()
    boxes = [text.get_window_extent() for text in left.texts]
    assert not any(box.overlaps(other) for i, box in enumerate(boxes) for other in boxes[:i])


def test_long_names_stay_in_their_boxes():
    class AnActivationWithAVeryLongName(lk.Linear):
        def __repr__(self):
            return f"{type(self).__name__}({', '.join(f'argument{i}={i}' for i in range(9))})"

    ax = lk.trace(lk.Sequential(AnActivationWithAVeryLongName()), X, X, lk.MSELoss()).plot()
    ax.figure.canvas.draw()
    box = ax.patches[0].get_window_extent()
    for text in ax.texts[:3]:
        extent = text.get_window_extent()
        assert box.x0 < extent.x0 < extent.x1 < box.x1, text


def test_many_parameters_are_counted():
    class Many(lk.Linear):
        def __init__(self):
            self.shifts = [lk.Parameter((1,)) for _ in range(4)]

    model = lk.Sequential(Many())
    assert "∂C/∂shifts.0 (1,)\nand 3 more" in texts(lk.trace(model, X, X + 1, lk.MSELoss()).plot())


def blocks():
    inner = lk.Sequential(lk.Dense(4, 2), lk.Residual(lk.Dense(2, 2)))
    branches = lk.Parallel(lk.Linear(), inner)
    model = lk.Sequential(lk.Dense(3, 4), lk.Residual(lk.Dense(4, 4), lk.Tanh()), branches, lk.Dense(6, 1), rng=0)
    return lk.trace(model, np.random.default_rng(0).normal(size=(5, 3)), np.ones((5, 1)), lk.MSELoss())


def test_blocks_are_frames_around_their_branches():
    ax = blocks().plot()
    ax.figure.canvas.draw()
    frames = [patch.get_window_extent() for patch in ax.patches if patch.get_linestyle() == "--"]
    places = {text.get_text(): text.get_window_extent() for text in ax.texts}
    inside = [
        {name for name, box in places.items() if frame.x0 < box.x0 < box.x1 < frame.x1 and frame.y0 < box.y0 < frame.y1}
        for frame in frames
    ]
    bold = {text.get_text() for text in ax.texts if text.get_fontweight() == "bold"}
    assert [names & bold for names in inside] == [
        {"1  Residual, x + f(x)", "1.0  Dense", "1.1  Tanh"},
        {"2  Parallel, concatenated", "2.0  Linear", "2.1.0  Dense", "2.1.1  Residual, x + f(x)", "2.1.1.0  Dense"},
        {"2.1.1  Residual, x + f(x)", "2.1.1.0  Dense"},
    ]
    assert {"0  Dense", "3  Dense", "MSELoss"} <= bold


def test_what_goes_around_a_residual_has_the_sizes_of_its_input_and_of_the_gradient_of_its_output():
    trace = blocks()
    ax = trace.plot()
    low, high = ax.figure.axes[1].get_xlim()
    scale = matplotlib.colors.LogNorm(low, high)
    long = sorted(arrows(ax), key=lambda arrow: np.ptp(arrow.get_xy()[:, 0]))[-4:]  # around both Residuals
    expected = [
        matplotlib.colormaps["viridis"](scale(np.sqrt(np.mean(array.astype(float) ** 2))))
        for array in (trace[1].input, trace[1].output_grad)
    ]
    faces = [arrow.get_facecolor() for arrow in long]
    assert all(any(np.allclose(face, color) for face in faces) for color in expected)


def test_tuple_of_inputs_is_one_arrow_with_all_shapes():
    join = lk.Parallel(lk.Dense(3, 4), lk.Dense(5, 4), inputs="each", join="add")
    rng = np.random.default_rng(0)
    x = rng.normal(size=(6, 3)), rng.normal(size=(6, 5))
    ax = lk.trace(lk.Sequential(join, rng=0), x, np.ones((6, 4)), lk.MSELoss()).plot()
    assert {"x (6, 3), (6, 5)", "∂C/∂x (6, 3), (6, 5)", "x (6, 3)", "x (6, 5)"} <= set(texts(ax))


def test_ink_is_that_of_the_style():
    with plt.style.context("dark_background"):
        ax = lk.trace(network(), X, Y, lk.MSELoss()).plot()
        assert {text.get_color() for text in ax.texts} == {"white"}
        assert {patch.get_edgecolor() for patch in ax.patches} == {(1.0, 1.0, 1.0, 1.0)}


def test_missing_matplotlib_is_named_with_the_extra():
    code = (
        "import sys; sys.modules['matplotlib'] = None\n"
        "import layerkit as lk\n"
        "trace = lk.trace(lk.Sequential(lk.Dense(1, 1)), [[1.0]], [[1.0]], lk.MSELoss())\n"
        "print(trace)\n"
        "try:\n    trace.plot()\n"
        "except lk.errors.LayerkitError as error:\n    print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert 'pip install "layerkit[plot]"' in done.stdout.splitlines()[-1]
