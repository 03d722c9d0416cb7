from itertools import pairwise

import numpy as np
import pytest
from legibility import shown_texts, troubles

import layerkit as lk
from layerkit.errors import ConfigError


def network(layers):
    """Return a network with two parameters a layer that has gone back once."""
    model = lk.Sequential(*(layer for _ in range(layers) for layer in (lk.Dense(8, 8), lk.Tanh())), rng=0)
    model.forward(np.random.default_rng(0).normal(size=(4, 8)))
    model.backward(np.ones((4, 8)))
    return model


def names(ax):
    return [label.get_text() for label in ax.get_yticklabels()]


def notes(ax):
    return [text.get_text() for text in ax.texts]


def outlines(ax):
    return [patch.get_data() for patch in ax.patches if not patch.get_fill()]


def test_rows_are_named_by_position_class_and_parameter(plt):
    inner = lk.Sequential(lk.ReLU(), lk.Dense(2, 2, bias=False), rng=0)
    ax = lk.plots.distributions(lk.Sequential(lk.Dense(3, 2), inner, rng=0))
    assert names(ax) == ["0 Dense.weight", "0 Dense.bias", "1.1 Dense.weight"]
    ax.figure.canvas.draw()
    heights = [label.get_window_extent().y0 for label in ax.get_yticklabels()]
    assert heights == sorted(heights, reverse=True)  # the first layer on top


def test_parameters_of_a_layer_made_of_others_come_once(plt):
    class Scaled(lk.Layer):
        def __init__(self):
            self.inner = lk.Dense(2, 2, bias=False)
            self.factor = lk.Parameter((1,), lk.initializers.Constant(2.0))

        def forward(self, x, training=True):
            return self.factor.value * self.inner.forward(x, training)

        def backward(self, grad, input_grad=True):
            return self.inner.backward(self.factor.value * grad)

    assert names(lk.plots.distributions(Scaled(), "values")) == ["Scaled.factor", "inner Dense.weight"]
    branches = lk.Parallel(Scaled(), lk.Residual(lk.Dense(2, 2, bias=False)))
    assert names(lk.plots.distributions(lk.Sequential(branches), "values")) == [
        "0.0 Scaled.factor",
        "0.0.inner Dense.weight",
        "0.1.0 Dense.weight",
    ]


def test_row_is_a_histogram_scaled_to_its_peak(plt):
    layer = lk.Dense(4, 1)
    layer.weight.value = [[0.0], [0.0], [0.0], [6.0]]
    layer.bias.value = [3.0]
    weight, bias = outlines(lk.plots.distributions(layer, "values"))
    np.testing.assert_allclose(weight.edges, np.linspace(0, 6, 62))
    heights = weight.baseline - weight.values
    np.testing.assert_allclose(heights[[0, -1]], [0.85, 0.85 / 3])
    assert np.count_nonzero(heights) == 2
    np.testing.assert_allclose((bias.baseline - bias.values)[30], 0.85)  # the bin around 3


@pytest.mark.parametrize("values", [[2.0, 2.0], [1.0, 1.0 + 2e-16], [-1e17, -1e17 - 32], [0.0, 5e-324], [0.0, 0.0]])
def test_values_as_good_as_equal_are_a_peak_in_the_middle(plt, values):
    layer = lk.Dense(2, 1, bias=False).astype(np.float64)
    layer.weight.value = np.array(values)[:, None]
    (row,) = outlines(lk.plots.distributions(layer, "values"))
    assert np.flatnonzero(row.baseline - row.values).tolist() == [30]
    assert row.edges[0] < min(values) <= max(values) < row.edges[-1]


def test_gradients_are_drawn_by_size_on_a_logarithmic_axis_with_the_zeros_beside_it(plt):
    layer = lk.Dense(4, 1)
    layer.weight.grad = [[1e-6], [-1e-2], [0.0], [0.0]]
    ax = lk.plots.distributions(layer, "gradients")
    assert ax.get_xscale() == "log"
    weight, bias = outlines(ax)
    assert np.flatnonzero(weight.baseline - weight.values).tolist() == [0, 60]  # the smallest and the largest
    assert not np.any(bias.baseline - bias.values)
    assert notes(ax) == ["50 % zero", "all zero"]


def test_panels_stand_side_by_side_with_the_names_once(plt):
    ax = lk.plots.distributions(network(2))
    values, gradients = ax.figure.axes
    assert ax is values
    assert (values.get_title(), gradients.get_title()) == ("parameters", "gradients")
    assert len(outlines(values)) == len(outlines(gradients)) == 4
    assert not any(tick.label1.get_visible() for tick in gradients.yaxis.get_major_ticks())


def test_missing_gradients_are_said(plt):
    ax = lk.plots.distributions(lk.Sequential(lk.Dense(2, 2), rng=0), "gradients")
    assert notes(ax) == ["all are zero or not finite:\nno backward pass yet,\nor nothing comes through it"]


def test_numbers_that_are_not_finite_are_counted(plt):
    layer = lk.Dense(2, 1)
    layer.weight.value = [[np.nan], [1.0]]
    layer.weight.grad = [[np.inf], [0.0]]
    values, gradients = lk.plots.distributions(layer).figure.axes
    assert notes(values) == ["1 not finite"]
    words = "all are zero or not finite:\nno backward pass yet,\nor nothing comes through it"
    assert notes(gradients) == [words, "1 not finite"]
    layer.bias.grad = [-2.0]
    assert notes(lk.plots.distributions(layer, "gradients")) == ["50 % zero, 1 not finite"]


@pytest.mark.parametrize(
    ("zeros", "note"),
    [(1, "0.05 % zero"), (125, "6.25 % zero"), (1992, "99.6 % zero"), (1999, "99.9 % zero"), (2000, "all zero")],
)
def test_share_of_zeros_is_a_plain_number_and_not_all_unless_it_is_all(plt, zeros, note):
    layer = lk.Dense(2000, 1)
    layer.weight.grad = np.repeat([[0.0], [1.0]], [zeros, 2000 - zeros], axis=0)
    layer.bias.grad = [1.0]
    assert notes(lk.plots.distributions(layer, "gradients")) == [note]


@pytest.mark.parametrize(
    ("show", "titles"),
    [("both", ["parameters", "gradients"]), ("values", ["parameters"]), ("gradients", ["gradients"])],
)
def test_only_what_was_asked_for_is_shown(plt, show, titles):
    ax = lk.plots.distributions(network(1), show)
    assert [panel.get_title() for panel in ax.figure.axes] == titles
    assert names(ax) == ["0 Dense.weight", "0 Dense.bias"]


@pytest.mark.parametrize("show", ["both", "values", "gradients"])
@pytest.mark.parametrize("layers", [1, 10])
@pytest.mark.parametrize("state", ["trained", "dead", "broken"])
def test_every_text_can_be_read(style, show, layers, state):
    class ProjectionOfEverythingOntoSomethingElse(lk.Dense):
        pass

    model = lk.Sequential(network(layers), ProjectionOfEverythingOntoSomethingElse(8, 8), rng=0)
    if state != "dead":
        model.backward(np.ones_like(model.forward(np.ones((4, 8)))))
    if state == "broken":
        model.parameter_vector[::7] = np.nan
        model.gradient_vector[::7] = np.inf
        model.gradient_vector[1::7] = 0
    figure = lk.plots.distributions(model, show).figure
    assert troubles(figure) == []
    ink = {text.get_color() for panel in figure.axes for text in shown_texts(panel)}
    assert ink == {"black" if style == "default" else "white"}


def test_name_with_dollar_signs_is_no_formula(plt):
    class Priced(lk.Linear):
        def __init__(self):
            vars(self)["$\\oops$"] = lk.Parameter((1,), lk.initializers.Constant(1.0))

    ax = lk.plots.distributions(Priced(), "values")
    ax.figure.canvas.draw()
    assert names(ax) == ["Priced.$\\oops$"]


@pytest.mark.parametrize("layers", [1, 3, 10])
def test_names_of_rows_do_not_overlap(plt, layers):
    ax = lk.plots.distributions(network(layers))
    ax.figure.canvas.draw()
    boxes = [label.get_window_extent() for label in ax.get_yticklabels()]
    assert len(boxes) == 2 * layers
    assert all(lower.y1 <= upper.y0 for upper, lower in pairwise(boxes))
    assert troubles(ax.figure) == []


def test_long_name_keeps_its_two_ends(plt):
    class ProjectionOfEverythingOntoSomethingElse(lk.Dense):
        pass

    shown = names(lk.plots.distributions(ProjectionOfEverythingOntoSomethingElse(2, 2)))
    assert shown == ["ProjectionOfEver…thingElse.weight", "ProjectionOfEver…methingElse.bias"]

    class LayersWithTwentyEightLetters(lk.Dense):  # with .bias 33 characters, with .weight 35
        pass

    assert names(lk.plots.distributions(LayersWithTwentyEightLetters(2, 2))) == [
        "LayersWithTwenty…htLetters.weight",
        "LayersWithTwentyEightLetters.bias",
    ]


def test_model_is_left_as_it_was(plt):
    model = network(2)
    values, grads = model.parameter_vector.copy(), model.gradient_vector.copy()
    lk.plots.distributions(model)
    np.testing.assert_array_equal(model.parameter_vector, values)
    np.testing.assert_array_equal(model.gradient_vector, grads)


@pytest.mark.parametrize("model", [lk.ReLU(), lk.Sequential(lk.ReLU()), "model"])
def test_model_without_parameters_is_refused(model):
    with pytest.raises(ConfigError, match="model must be a network or a layer with parameters, got"):
        lk.plots.distributions(model)


def test_unknown_choice_is_refused():
    with pytest.raises(ConfigError, match="show must be one of 'both', 'values', 'gradients', got 'weights'"):
        lk.plots.distributions(lk.Dense(2, 2), show="weights")


def test_given_axes_are_drawn_on(plt):
    _, ax = plt.subplots(layout="constrained")
    assert lk.plots.distributions(network(1), ax=ax) is ax
