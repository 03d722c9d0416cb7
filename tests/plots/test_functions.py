import numpy as np
import pytest
from legibility import shown_texts, troubles

import layerkit as lk
from layerkit.errors import ConfigError, UnknownActivationError
from layerkit.plugins.builtin import layerkit_activations


class Slopes(lk.LearnedActivation):
    """A rectifier with a slope of its own for each of three features, which it learns."""

    name = "slopes"
    gain = 1.0
    kinks = (0.0,)

    def __init__(self):
        super().__init__(3)
        self.slope = self.learned(0.25)
        self.slope.value = [0.25, 0.5, 0.75]

    def function(self, z, slope):
        return np.where(z > 0, z, slope * z)

    def derivative(self, z, slope):
        return np.where(z > 0, 1.0, slope)

    def parameter_derivatives(self, z, slope):
        return {"slope": np.minimum(z, 0)}


class Shelf(lk.Activation):
    """min(max(z, 0), 6): its convention at both kinks is half of the jump."""

    name = "shelf"
    kinks = (6.0, 0.0)

    def function(self, z):
        return np.clip(z, 0, 6)

    def derivative(self, z):
        return (np.sign(z) - np.sign(z - 6)) / 2


def labelled(ax, label):
    return next(line for line in ax.lines if line.get_label() == label)


ELEMENTWISE = [cls for cls in layerkit_activations() if cls is not lk.Softmax]


@pytest.mark.parametrize("cls", ELEMENTWISE)
def test_built_in_activation_can_be_drawn(plt, cls):
    ax = lk.plots.activation(cls.name)
    assert ax.get_title() == cls.name
    assert ax.get_xlim() == (-4, 4)
    z, a = labelled(ax, "f").get_data()
    np.testing.assert_allclose(a, cls().forward(z))


@pytest.mark.parametrize(
    ("layer", "values", "slopes"),
    [
        (lk.ReLU(), [0, 0, 0, 3], [0, 0, np.nan, 1]),
        (lk.LeakyReLU(0.25), [-0.5, -0.25, 0, 3], [0.25, 0.25, np.nan, 1]),
        (lk.ELU(), [-0.864665, -0.632121, 0, 3], [0.135335, 0.367879, 1, 1]),  # 1/e = 0.367879
        (lk.ELU(2.0), [-1.729329, -1.264241, 0, 3], [0.270671, 0.735759, np.nan, 1]),
    ],
)
def test_lines_have_the_values_computed_by_hand(plt, layer, values, slopes):
    ax = lk.plots.activation(layer)
    for label, expected in (("f", values), ("f′", slopes)):
        z, drawn = labelled(ax, label).get_data()
        at = [np.argmin(np.abs(z - point)) for point in (-2, -1, 0, 3)]
        np.testing.assert_allclose(z[at], [-2, -1, 0, 3], atol=1e-12)
        np.testing.assert_allclose(drawn[at], expected, atol=1e-6)


@pytest.mark.parametrize(
    ("layer", "below", "above", "convention"),
    [(lk.LeakyReLU(0.25), 0.25, 1, 0.25), (lk.ELU(2.0), 2, 1, 2), (lk.ELU(-1.0), -1, 1, -1)],
)
def test_kink_has_its_slopes_from_both_sides(plt, layer, below, above, convention):
    points = {line.get_fillstyle(): line for line in lk.plots.activation(layer).lines if line.get_marker() == "o"}
    np.testing.assert_allclose(points["none"].get_xydata(), [[0, below], [0, above]], atol=2e-5)
    np.testing.assert_array_equal(points["full"].get_xydata(), [[0, convention]])
    assert points["full"].get_label() == f"f′(0) = {convention}"


def test_several_kinks_have_their_slopes_from_both_sides(plt):
    points = {line.get_fillstyle(): line for line in lk.plots.activation(Shelf()).lines if line.get_marker() == "o"}
    # 0 before the first, 1 between the two, 0 after the second
    np.testing.assert_allclose(points["none"].get_xydata(), [[0, 0], [6, 1], [0, 1], [6, 0]], atol=2e-5)
    np.testing.assert_array_equal(points["full"].get_xydata(), [[0, 0.5], [6, 0.5]])


def test_activation_without_a_kink_has_no_points(plt):
    ax = lk.plots.activation("elu")
    assert [line for line in ax.lines if line.get_marker() == "o"] == []
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["f", "f′"]


@pytest.mark.parametrize("limits", [(0, 4), (-4, 0), (-1e-7, 1e-7)])
def test_kink_at_the_edge_of_a_range_is_a_jump_as_well(plt, limits):
    ax = lk.plots.activation("relu", limits=limits)
    z, slope = labelled(ax, "f′").get_data()
    assert np.isnan(slope[z == 0]).all()
    assert set(slope[z > 0]) == {1}
    assert set(slope[z < 0]) == {0}
    assert np.all(np.abs(z) <= 1.00001 * max(map(abs, limits)))


def test_name_and_layer_give_the_same_picture(plt):
    named, made = lk.plots.activation("leaky_relu"), lk.plots.activation(lk.LeakyReLU())
    assert named.get_title() == "leaky_relu"
    for one, other in zip(named.lines, made.lines, strict=True):
        np.testing.assert_array_equal(one.get_xydata(), other.get_xydata())


def test_derivative_is_drawn(plt):
    z, slope = labelled(lk.plots.activation("tanh"), "f′").get_data()
    np.testing.assert_allclose(slope, np.cosh(z) ** -2)


def test_jump_is_no_steep_line(plt):
    ax = lk.plots.activation("relu")
    z, slope = labelled(ax, "f′").get_data()
    assert np.isnan(slope[z == 0]).all()
    assert set(slope[z < 0]) == {0}
    assert set(slope[z > 0]) == {1}


def test_kink_shows_both_limits_open_and_the_convention_filled(plt):
    ax = lk.plots.activation("relu")
    points = {line.get_fillstyle(): line for line in ax.lines if line.get_marker() == "o"}
    np.testing.assert_allclose(points["none"].get_xydata(), [[0, 0], [0, 1]], atol=1e-5)
    np.testing.assert_array_equal(points["full"].get_xydata(), [[0, 0]])
    assert points["full"].get_label() == "f′(0) = 0"


def test_range_goes_on_beyond_the_outermost_kinks(plt):
    ax = lk.plots.activation(Shelf())
    assert ax.get_xlim() == (-4, 8)
    np.testing.assert_array_equal(labelled(ax, "f′(kink) = 0.5").get_xydata(), [[0, 0.5], [6, 0.5]])


def test_limits_are_kept_and_kinks_outside_are_left_out(plt):
    ax = lk.plots.activation(Shelf(), limits=(1, 5))
    assert ax.get_xlim() == (1, 5)
    assert [line.get_label() for line in ax.lines if line.get_marker() == "o"] == []


@pytest.mark.parametrize("limits", [(1, 1), (2, -2), (0, float("nan")), (0, np.inf), (1, 2, 3), 3, ("a", "b")])
def test_limits_that_are_not_two_increasing_numbers_are_refused(limits):
    with pytest.raises(ConfigError, match="limits must be two increasing numbers"):
        lk.plots.activation("relu", limits=limits)


def test_options_stand_in_the_title(plt):
    assert lk.plots.activation(lk.ELU(alpha=2.0)).get_title() == "elu(alpha=2.0)"


def test_layer_that_learns_is_drawn_for_each_feature_and_left_alone(plt):
    layer = Slopes()
    layer.forward(np.ones((1, 3)))
    cache = layer.cache
    ax = lk.plots.activation(layer)
    ends = [line.get_ydata()[0] for line in ax.lines if line.get_linestyle() == "-" and len(line.get_xdata()) > 2]
    assert ends == [-1, -2, -3]
    assert layer.cache is cache
    np.testing.assert_array_equal(layer.slope.grad, [0, 0, 0])
    np.testing.assert_array_equal(layer.slope.value, [0.25, 0.5, 0.75])
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["f", "f′", "f′(0)"]


def test_softmax_is_refused():
    with pytest.raises(ConfigError, match=r"Softmax\(\) is not elementwise: each of its outputs depends on several"):
        lk.plots.activation("softmax")


@pytest.mark.parametrize("other", [lk.Dense(2, 2), lk.Dropout(), lk.Flatten(), lk.Sequential(lk.ReLU()), lk.ReLU, None])
def test_what_is_no_activation_is_refused(other):
    with pytest.raises(ConfigError, match="activation must be a name such as 'relu' or an activation layer, got"):
        lk.plots.activation(other)


class Wordy(Shelf):
    def __repr__(self):
        return "Wordy(" + ", ".join(f"option_{i}='$\\oops$'" for i in range(20)) + ")"


@pytest.mark.parametrize("layer", ["relu", "mish", lk.LeakyReLU(-1 / 3), Shelf(), Wordy(), Slopes()])
@pytest.mark.parametrize("limits", [None, (-1e4, 1e4), (-1e-7, 1e-7)])
def test_every_text_can_be_read(style, layer, limits):
    ax = lk.plots.activation(layer, limits=limits)
    assert troubles(ax.figure) == []
    assert {text.get_color() for text in shown_texts(ax)} == {"black" if style == "default" else "white"}


def test_long_title_ends_in_an_ellipsis(plt):
    first, second = lk.plots.activation(Wordy()).get_title().splitlines()
    assert first.startswith("shelf(option_0='$\\oops$', ")
    assert second.endswith("…")


def test_unknown_name_is_refused_with_close_ones():
    with pytest.raises(UnknownActivationError, match="Did you mean 'relu'"):
        lk.plots.activation("rleu")


def test_given_axes_are_drawn_on(plt):
    _, ax = plt.subplots(layout="constrained")
    assert lk.plots.activation("silu", ax=ax) is ax


class Fast(lk.Activation):
    """sin(30 z): 76 extrema between -4 and 4."""

    name = "fast"

    def function(self, z):
        return np.sin(30 * z)

    def derivative(self, z):
        return 30 * np.cos(30 * z)


def test_range_of_a_wave_shows_single_periods(plt):
    ax = lk.plots.activation(Fast())
    low, high = ax.get_xlim()
    assert low == -high
    assert high == pytest.approx(4 * 8 / 76)
    a = labelled(ax, "f").get_ydata()
    assert np.count_nonzero(np.diff(np.sign(np.diff(a)))) == 8
    assert lk.plots.activation(Fast(), limits=(-4, 4)).get_xlim() == (-4, 4)
