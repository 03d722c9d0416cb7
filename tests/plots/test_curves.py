import math

import numpy as np
import pytest
from legibility import shown_texts, troubles

import layerkit as lk


def recorded(**columns):
    history = lk.History()
    for values in zip(*columns.values(), strict=True):
        history.append(dict(zip(columns, values, strict=True)))
    return history


def lines(panel):
    return {line.get_label(): line.get_xydata().tolist() for line in panel.lines}


def test_each_epoch_is_a_point_counted_from_one(plt):
    ax = lk.plots.history(recorded(loss=[0.5, 0.25], val_loss=[0.75, 0.375]))
    assert lines(ax) == {"training": [[1, 0.5], [2, 0.25]], "validation": [[1, 0.75], [2, 0.375]]}
    assert ax.get_ylabel() == "loss"
    assert ax.get_xlabel() == "epoch"


def test_each_metric_has_a_panel_below_the_loss(plt):
    history = recorded(accuracy=[0.5], loss=[1.0], mae=[3.0], val_accuracy=[0.25], val_loss=[2.0])
    ax = lk.plots.history(history)
    assert [panel.get_ylabel() for panel in ax.figure.axes] == ["loss", "accuracy", "mae"]
    assert lines(ax.figure.axes[1]) == {"training": [[1, 0.5]], "validation": [[1, 0.25]]}
    assert lines(ax.figure.axes[2]) == {"training": [[1, 3.0]]}
    assert [panel.get_xlabel() for panel in ax.figure.axes] == ["", "", "epoch"]
    said = [any(tick.label1.get_visible() for tick in panel.xaxis.get_major_ticks()) for panel in ax.figure.axes]
    assert said == [False, False, True]


def test_metric_of_the_validation_data_alone_has_a_panel(plt):
    ax = lk.plots.history(recorded(loss=[1.0], val_r2=[0.5]))
    assert lines(ax.figure.axes[1]) == {"validation": [[1, 0.5]]}


@pytest.mark.parametrize(
    ("rates", "shown"), [([0.1, 0.1, 0.1], ["loss"]), ([0.1, 0.05, 0.1], ["loss", "learning rate"])]
)
def test_learning_rate_is_drawn_where_it_changes(plt, rates, shown):
    ax = lk.plots.history(recorded(loss=[3.0, 2.0, 1.0], learning_rate=rates))
    assert [panel.get_ylabel() for panel in ax.figure.axes] == shown


@pytest.mark.parametrize(
    ("losses", "scale"),
    [([10.0, 1.0], "linear"), ([11.0, 1.0], "log"), ([100.0, 0.0], "linear"), ([100.0, -1.0], "linear")],
)
def test_losses_are_logarithmic_beyond_a_factor_of_ten(plt, losses, scale):
    assert lk.plots.history(recorded(loss=losses)).get_yscale() == scale


@pytest.mark.parametrize("losses", [[2.0, 0.15], [2.0, 1e-9], [3e12, 1.0]])
def test_logarithmic_axis_says_some_numbers(plt, losses):
    ax = lk.plots.history(recorded(loss=losses))
    ax.figure.canvas.draw()
    numbers = [text for text in ax.get_yticklabels() if text in shown_texts(ax)]
    assert 3 <= len(numbers) <= 12


def test_value_that_is_not_finite_is_a_gap(plt):
    ax = lk.plots.history(recorded(loss=[1.0, math.inf, 0.5, math.nan]))
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), [1.0, np.nan, 0.5, np.nan])
    assert ax.get_yscale() == "linear"


def test_no_finite_value_is_said(plt):
    ax = lk.plots.history(recorded(loss=[math.nan, math.inf]))
    assert [text.get_text() for text in ax.texts] == ["no finite value"]
    assert len(ax.get_yticks()) == 0


def test_single_epoch_can_be_seen(plt):
    ax = lk.plots.history(recorded(loss=[0.5], learning_rate=[0.1]))
    assert ax.lines[0].get_marker() == "o"
    assert ax.get_xlim() == (0.5, 1.5)
    assert ax.get_legend() is None  # of one line


def test_legend_hides_no_line(plt):
    ax = lk.plots.history(recorded(loss=[0.5, 0.4], val_loss=[0.6, 0.5]))
    ax.figure.canvas.draw()
    assert ax.get_legend().get_window_extent().x0 >= ax.bbox.x1


@pytest.mark.parametrize("history", [lk.History(), {}, {"loss": []}, {"loss": [], "learning_rate": []}])
def test_no_epoch_is_refused(history):
    with pytest.raises(lk.errors.StateError, match=r"no epoch to draw. Train first: history = trainer.fit\("):
        lk.plots.history(history)


def test_validation_is_dashed_and_has_a_color_of_its_own(plt):
    training, validation = lk.plots.history(recorded(loss=[0.5], val_loss=[0.75])).lines
    assert (training.get_linestyle(), validation.get_linestyle()) == ("-", "--")
    assert (training.get_marker(), validation.get_marker()) == ("o", "s")
    assert training.get_color() != validation.get_color()


def test_only_losses_are_logarithmic(plt):
    ax = lk.plots.history(recorded(loss=[100.0, 1.0], accuracy=[0.01, 1.0], learning_rate=[1.0, 1e-4]))
    assert [panel.get_yscale() for panel in ax.figure.axes] == ["log", "linear", "linear"]


def test_validation_loss_counts_for_the_scale(plt):
    assert lk.plots.history(recorded(loss=[2.0, 1.0], val_loss=[11.0, 2.0])).get_yscale() == "log"
    assert lk.plots.history(recorded(loss=[20.0, 1.0], val_loss=[20.0, 0.0])).get_yscale() == "linear"


def test_history_is_left_as_it_was(plt):
    history = recorded(loss=[1.0, math.inf], learning_rate=[0.1, 0.1])
    lk.plots.history(history)
    assert dict(history) == {"loss": [1.0, math.inf], "learning_rate": [0.1, 0.1]}


def test_what_fit_returns_is_drawn(plt):
    model = lk.Sequential(lk.Dense(1, 1), rng=0)
    trainer = lk.Trainer(model, lk.MSELoss(), lk.SGD(model), rng=0)
    x = np.linspace(0, 1, 8)[:, None]
    history = trainer.fit(x, 2 * x, epochs=3, validation_data=(x, 2 * x))
    ax = history.plot()
    assert lines(ax)["training"] == [[1, history["loss"][0]], [2, history["loss"][1]], [3, history["loss"][2]]]
    assert set(lines(ax)) == {"training", "validation"}
    assert len(ax.figure.axes) == 1


LONG = "val_mean_absolute_percentage_error_of_everything_that_was_measured_and_of_what_was_not"


@pytest.mark.parametrize("epochs", [1, 400])
@pytest.mark.parametrize("metrics", [0, 1, 17])
def test_every_text_can_be_read(style, epochs, metrics):
    columns = {"loss": 1e5 / np.arange(1, epochs + 1) ** 2, "val_loss": 1e5 / np.arange(1, epochs + 1)}
    columns |= {f"{LONG}_{i}"[i:]: np.linspace(0, 10.0**-i, epochs) for i in range(11, 11 + metrics)}
    columns["learning_rate"] = np.linspace(1e-5, 1e-6, epochs)
    columns["auc"] = np.full(epochs, math.nan)
    assert troubles(recorded(**columns).plot().figure) == []


def test_long_name_of_a_metric_is_wrapped_and_ends_in_an_ellipsis(plt):
    ax = lk.plots.history({"loss": [1.0], LONG: [1.0]})
    assert ax.figure.axes[1].get_ylabel() == "mean absolute\npercentage error of\neverything that was…"


def test_name_with_dollar_signs_is_no_formula(plt):
    ax = lk.plots.history({"$\\oops$": [1.0]})
    ax.figure.canvas.draw()
    assert ax.get_ylabel() == "$\\oops$"


def test_history_draws_itself_where_it_is_told(plt):
    _, (left, right) = plt.subplots(1, 2, layout="constrained")
    assert recorded(loss=[1.0, 0.5], accuracy=[0.5, 0.75]).plot(ax=right) is right
    assert len(right.lines) == 1
    assert left.lines[:] == []


def test_texts_and_frame_follow_the_style(plt):
    with plt.style.context("dark_background"):
        ax = lk.plots.history(recorded(loss=[1.0, 0.5], val_loss=[1.0, 0.5], accuracy=[0.5, 0.75]))
        shown = [text for panel in ax.figure.axes for text in shown_texts(panel)]
        assert {text.get_color() for text in shown} == {"white"}
        assert ax.spines["left"].get_edgecolor() == (1, 1, 1, 1)
