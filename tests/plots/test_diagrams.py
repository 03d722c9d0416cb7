from itertools import pairwise

import numpy as np
import pytest
from legibility import troubles

import layerkit as lk
from layerkit.errors import ConfigError, ShapeError


class Wordy(lk.Dense):
    def __repr__(self):
        return "Attention(heads=8, mask='$\\oops$', " + ", ".join(f"option_{i}={i}" for i in range(20)) + ")"


def texts(ax):
    return [text.get_text() for text in ax.texts]


def titles(ax):
    return [text.get_text() for text in ax.texts if text.get_fontweight() == "bold"]


def network():
    inner = lk.Sequential(lk.Dense(3, 5), lk.Sequential(lk.Tanh(), lk.Dense(5, 1)))
    return lk.Sequential(lk.Dense(4, 3), lk.ReLU(), inner, rng=0)


def blocks():
    inner = lk.Sequential(lk.Dense(4, 2), lk.Residual(lk.Dense(2, 2)))
    return lk.Sequential(lk.Dense(3, 4), lk.Residual(lk.Dense(4, 4), lk.Tanh()), lk.Parallel(lk.Linear(), inner))


def several_inputs():
    join = lk.Parallel(lk.Dense(3, 4), lk.Dense(5, 4), inputs="each", join="add")
    return lk.Sequential(join, lk.Parallel(lk.Dense(4, 2), lk.Dense(4, 1), join="tuple"), rng=0)


def test_box_says_position_layer_arguments_and_parameters(plt):
    shown = texts(lk.plots.diagram(network()))
    for title, *lines in (
        ("0  Dense", "4, 3", "15 parameters"),
        ("2.0  Dense", "3, 5", "20 parameters"),
        ("2.1.1  Dense", "5, 1", "6 parameters"),
    ):
        assert shown[shown.index(title) + 1 :][:2] == lines
    assert titles(lk.plots.diagram(network())) == ["0  Dense", "1  ReLU", "2.0  Dense", "2.1.0  Tanh", "2.1.1  Dense"]


def test_arrows_have_the_shapes_before_between_and_after_the_layers(plt):
    shown = [text for text in texts(lk.plots.diagram(network())) if text.startswith("(batch")]
    assert shown == [f"(batch, {size})" for size in (4, 3, 3, 5, 5, 1)]


def test_shapes_follow_from_the_shape_of_the_input(plt):
    model = lk.Sequential(lk.Flatten(), lk.Dense(12, 3))
    assert texts(lk.plots.diagram(model))[1::4] != []
    shown = [text for text in texts(lk.plots.diagram(model, input_shape=(3, 4))) if text.startswith("(batch")]
    assert shown == ["(batch, 3, 4)", "(batch, 12)", "(batch, 3)"]
    with pytest.raises(ShapeError, match=r"Dense\(12, 3\) takes 12 features"):
        lk.plots.diagram(model, input_shape=(3, 5))


def test_sizes_that_vary_are_stars_and_unknown_axes_dots(plt):
    class Any(lk.Linear):
        input_shape = (None, 8)

    assert texts(lk.plots.diagram(Any()))[1:] == ["(batch, *, 8)", "(batch, *, 8)"]
    assert texts(lk.plots.diagram(lk.ReLU()))[1:] == ["(batch, …)", "(batch, …)"]


def test_tuples_of_arrays_have_all_shapes_on_one_arrow(plt):
    shown = texts(lk.plots.diagram(several_inputs()))
    assert {"(batch, 3), (batch, 5)", "(batch, 2), (batch, 1)"} <= set(shown)
    assert {"0  Parallel, added", "1  Parallel, kept apart"} <= set(shown)


def test_blocks_are_frames_around_their_branches(plt):
    ax = lk.plots.diagram(blocks())
    ax.figure.canvas.draw()
    frames = [patch.get_window_extent() for patch in ax.patches if patch.get_linestyle() == "--"]
    places = {text.get_text(): text.get_window_extent() for text in ax.texts if text.get_fontweight() == "bold"}
    inside = [
        {name for name, box in places.items() if frame.x0 < box.x0 < box.x1 < frame.x1 and frame.y0 < box.y0 < frame.y1}
        for frame in frames
    ]
    assert inside == [
        {"1  Residual, x + f(x)", "1.0  Dense", "1.1  Tanh"},
        {"2  Parallel, concatenated", "2.0  Linear", "2.1.0  Dense", "2.1.1  Residual, x + f(x)", "2.1.1.0  Dense"},
        {"2.1.1  Residual, x + f(x)", "2.1.1.0  Dense"},
    ]


def test_block_with_a_forward_of_its_own_is_a_box(plt):
    class Halved(lk.Residual):
        def forward(self, x, training=True):
            return super().forward(x, training) / 2

        def backward(self, grad, input_grad=True):
            return super().backward(grad / 2, input_grad)

    ax = lk.plots.diagram(lk.Sequential(Halved(lk.Dense(2, 2))))
    assert titles(ax) == ["0  Halved"]
    assert "6 parameters" in texts(ax)


@pytest.mark.parametrize(
    "model",
    [network(), lk.Tanh(), Wordy(2, 1), lk.Dense(1000, 200000), blocks(), several_inputs()],
    ids=["network", "layer", "wordy", "large", "blocks", "several inputs"],
)
def test_every_text_can_be_read(style, model):
    figure = lk.plots.diagram(model).figure
    lying_on_the_axes = "lies on a frame"  # everything is drawn inside them
    assert [line for line in troubles(figure) if lying_on_the_axes not in line] == []
    assert {text.get_color() for text in figure.axes[0].texts} == {"black" if style == "default" else "white"}


@pytest.mark.parametrize("layers", [1, 4, 5, 6, 11])
def test_boxes_are_in_rows_of_about_the_same_length(plt, layers):
    model = lk.Sequential(*(lk.Tanh() for _ in range(layers)))
    ax = lk.plots.diagram(model)
    rows = {}
    for text in ax.texts:
        if text.get_fontweight() == "bold":
            rows.setdefault(text.get_position()[1], []).append(text.get_position()[0])
    lengths = [len(row) for row in rows.values()]
    assert len(lengths) == -(-layers // 5)
    assert max(lengths) - lengths[-1] <= 2
    assert all(left < right for row in rows.values() for left, right in pairwise(row))


def test_diagram_without_numbers_has_no_color_bar(plt):
    assert len(lk.plots.diagram(network()).figure.axes) == 1


def test_one_parameter_is_not_called_parameters(plt):
    assert "1 parameter" in texts(lk.plots.diagram(lk.Dense(1, 1, bias=False)))


def test_long_description_ends_in_an_ellipsis(plt):
    shown = texts(lk.plots.diagram(Wordy(2, 1)))
    assert shown[:4] == ["Wordy", "heads=8,", "mask='$\\oops$', …", "3 parameters"]


def test_model_is_left_as_it_was(plt):
    model = network()
    values = model.parameter_vector.copy()
    lk.plots.diagram(model)
    np.testing.assert_array_equal(model.parameter_vector, values)
    undrawn = lk.Dense(3, 2)
    lk.plots.diagram(undrawn)
    assert not undrawn.weight.is_set


@pytest.mark.parametrize("model", ["model", lk.Dense, None])
def test_what_is_no_layer_is_refused(model):
    with pytest.raises(ConfigError, match="model must be a network or a layer, got"):
        lk.plots.diagram(model)
