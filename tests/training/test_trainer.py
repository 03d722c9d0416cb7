"""Trainer: the same numbers as the loop written out, and every way in which a fit can go wrong."""

import functools
import subprocess
import sys

import numpy as np
import pytest

import layerkit as lk
from layerkit.errors import ConfigError, DataError, DTypeError, NumericalError, ShapeError

RNG = np.random.default_rng(0)
X = RNG.normal(size=(50, 4)).astype(np.float32)
Y = (X[:, :1] * 2 - X[:, 1:2]).astype(np.float32)


def network(seed=0, **options):
    return lk.Sequential(lk.Dense(4, 8), lk.ReLU(), lk.Dense(8, 1), rng=seed, **options)


def trainer(model=None, learning_rate=0.05, loss=None, **options):
    model = model or network()
    return lk.Trainer(model, loss or lk.MSELoss(), lk.SGD(model, learning_rate), rng=0, **options)


def test_fit_is_the_loop_written_out():
    t = trainer()
    history = t.fit(X, Y, epochs=3, batch_size=16)

    model, loss = network(), lk.MSELoss()
    optimizer, rng = lk.SGD(model, 0.05), np.random.default_rng(0)
    costs = []
    for _ in range(3):
        total = 0.0
        for x, y in lk.batches(X, Y, batch_size=16, rng=rng):
            cost = loss.forward(model.forward(x), y)
            model.backward(loss.backward(), input_grad=False)
            optimizer.step()
            total += cost * len(x) / 50
        costs.append(total)
    assert np.array_equal(t.model.parameter_vector, model.parameter_vector)
    assert history["cost"] == costs


def test_cost_of_an_epoch_weighs_the_smaller_last_batch_by_its_rows():
    model = lk.Sequential(lk.Dense(1, 1, bias=False))
    model[0].weight.value = [[1.0]]
    data = np.array([[1.0], [1.0], [1.0]], np.float32)
    history = lk.Trainer(model, lk.MSELoss(), lk.SGD(model, 0.0), rng=0).fit(data, [[0.0], [0.0], [3.0]], batch_size=2)
    assert history["cost"] == [pytest.approx((1 + 1 + 4) / 3)]  # whatever the order


def test_cost_of_a_summed_loss_is_the_sum():
    model = lk.Sequential(lk.Dense(1, 1, bias=False))
    model[0].weight.value = [[1.0]]
    data = np.ones((3, 1), np.float32)
    fit = lk.Trainer(model, lk.MSELoss("sum"), lk.SGD(model, 0.0)).fit
    history = fit(data, 0 * data, batch_size=2, validation_data=(data, 0 * data))
    assert history["cost"] == history["validation_cost"] == [3.0]


def test_columns_of_the_history():
    t = trainer(metrics=[lk.r2])
    history = t.fit(X, Y, epochs=2, validation_data=(X[:10], Y[:10]))
    assert tuple(history) == t.columns
    assert t.columns == ("cost", "r2", "learning_rate", "validation_cost", "validation_r2")
    assert history["r2"][-1] == lk.r2(t.model.predict(X), Y)
    assert history["validation_cost"][-1] == lk.MSELoss().forward(t.model.predict(X[:10]), Y[:10])
    assert history is t.history


def test_metrics_by_name():
    history = trainer(metrics={"largest error": lambda a, y: np.abs(a - y).max()}).fit(X, Y)
    assert len(history["largest error"]) == 1


def test_dropout_is_off_when_measuring():
    model = lk.Sequential(lk.Dense(4, 4), lk.Dropout(0.9), lk.Dense(4, 1), rng=0)
    t = trainer(model, learning_rate=0.0, metrics=[lk.r2])
    history = t.fit(X, Y, epochs=2)
    assert history["r2"][0] == history["r2"][1]  # the parameters do not move, so noise would show


def test_a_second_fit_goes_on():
    once, twice = trainer(), trainer()
    once.fit(X, Y, epochs=4)
    twice.fit(X, Y, epochs=2)
    twice.fit(X, Y, epochs=2)
    assert np.array_equal(once.model.parameter_vector, twice.model.parameter_vector)


def test_no_epochs_change_nothing():
    t = trainer()
    before = t.model.parameter_vector.copy()
    assert t.fit(X, Y, epochs=0).epochs == 0
    assert np.array_equal(t.model.parameter_vector, before)


def test_lists_and_integers_are_converted_to_the_dtype_of_the_network():
    t = trainer(lk.Sequential(lk.Dense(1, 1), rng=0))
    t.fit([[1], [2]], [[2], [4]], epochs=200)
    assert t.model.predict([[3]])[0, 0] == pytest.approx(6, abs=0.3)
    assert t.model.parameter_vector.dtype == np.float32


def test_class_indices_and_accuracy():
    model = lk.Sequential(lk.Dense(4, 16), lk.ReLU(), lk.Dense(16, 2), rng=0)
    labels = (X[:, 0] > 0).astype(int)
    t = lk.Trainer(model, lk.CrossEntropyLoss(), lk.Adam(model, 0.02), rng=0, metrics=[lk.accuracy])
    assert t.fit(X, labels, epochs=60)["accuracy"][-1] > 0.95


SCRIPT = """
import numpy as np, layerkit as lk
rng = np.random.default_rng(5)
X = rng.normal(size=(70, 6)); Y = np.sin(X[:, :2])
model = lk.Sequential(lk.Dense(6, 32), lk.Tanh(), lk.Dropout(0.2), lk.Dense(32, 2), rng=3)
trainer = lk.Trainer(model, lk.HuberLoss(), lk.Adam(model, 0.01), rng=4)
history = trainer.fit(X, Y, epochs=5, batch_size=16, validation_data=(X[:9], Y[:9]))
print({name: [value.hex() for value in column] for name, column in history.items()})
print(model.parameter_vector.tobytes().hex())
"""


def test_two_processes_give_the_same_history_and_parameters_bit_for_bit():
    runs = [
        subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    ]
    assert len(runs[0]) > 1000
    assert runs[0] == runs[1]


def test_ctrl_c_leaves_what_was_learnt_and_the_epochs_that_are_over():
    class Interrupt(lk.Callback):
        def on_batch_end(self, trainer, step, cost):
            if step == 9:  # in the third epoch
                raise KeyboardInterrupt

    t = trainer()
    with pytest.raises(KeyboardInterrupt):
        t.fit(X, Y, epochs=10, batch_size=13, callbacks=[Interrupt()])
    assert t.history.epochs == 2
    assert np.isfinite(t.model.predict(X)).all()


def test_progress_bar_counts_the_batches(capsys):
    trainer().fit(X, Y, epochs=2, batch_size=16, progress=True)
    err = capsys.readouterr().err
    assert "8/8" in err
    assert "cost=" in err


def test_without_progress_nothing_is_written(capsys):
    trainer().fit(X, Y)
    assert capsys.readouterr() == ("", "")


# What leaves the finite numbers


def test_divergence_names_epoch_batch_and_layer_and_puts_the_last_good_parameters_back():
    model = network()
    t = trainer(model, learning_rate=0.01)
    t.fit(X, Y, epochs=1)
    good = model.parameter_vector.copy()
    t.optimizer.learning_rate = 1e30
    message = (
        r"in epoch 0, batch 1, the cost is nan: the output of layer 2, Dense\(8, 1\) is the first that is not finite\. "
        r"The parameters of the start of the epoch are put back\. Lower the learning rate, 1e\+30,"
    )
    with pytest.raises(NumericalError, match=message):
        t.fit(X, Y, epochs=2, batch_size=16)
    assert np.array_equal(model.parameter_vector, good)


def test_state_of_the_optimizer_goes_back_with_the_parameters():
    model = network()
    optimizer = lk.SGD(model, 0.01, momentum=0.9)
    t = lk.Trainer(model, lk.MSELoss(), optimizer, rng=0)
    t.fit(X, Y)
    velocity, steps = optimizer.state["velocity"].copy(), optimizer.steps
    optimizer.learning_rate = 1e30
    with pytest.raises(NumericalError):
        t.fit(X, Y, epochs=3)
    assert np.array_equal(optimizer.state["velocity"], velocity)
    assert optimizer.steps == steps
    optimizer.learning_rate = 0.01
    assert np.isfinite(t.fit(X, Y, epochs=2)["cost"]).all()  # the training can go on


def test_parameters_that_overflow_in_the_very_last_step_are_noticed():
    model = lk.Sequential(lk.Dense(1, 1, bias=False), rng=0)
    good = model.parameter_vector.copy()
    t = trainer(model, learning_rate=1e38)
    with pytest.raises(
        NumericalError, match=r"after the last batch, a parameter is not finite: the weight of layer 0, Dense\(1, 1"
    ):
        t.fit(np.full((4, 1), 100.0), np.full((4, 1), 1e4), batch_size=4)
    assert np.array_equal(model.parameter_vector, good)


def test_a_cost_that_overflows_by_itself_is_said_to():
    model = lk.Sequential(lk.Dense(1, 1), rng=0)
    with pytest.raises(NumericalError, match="batch 0, the cost is inf: the cost itself is the first"):
        trainer(model).fit(np.ones((2, 1)), np.full((2, 1), 1e30))


def test_an_overflow_on_the_way_to_a_finite_result_is_no_error():
    class NaiveSigmoid(lk.Activation):
        def function(self, z):
            return 1 / (1 + np.exp(-z))  # e^{1000} is infinite, 1/inf is 0

        def derivative(self, z):
            return self.function(z) * (1 - self.function(z))

    model = lk.Sequential(lk.Dense(1, 1), NaiveSigmoid(), rng=0)
    assert np.isfinite(trainer(model).fit([[-1e4], [1e4]], [[0.0], [1.0]])["cost"]).all()


# What is refused, before anything changes


@pytest.mark.parametrize(
    ("X", "y", "options", "error", "message"),
    [
        (
            X[:0],
            Y[:0],
            {},
            ShapeError,
            r"X and y must have as many rows, at least one, got shapes \(0, 4\) and \(0, 1\)",
        ),
        (X, Y[:7], {}, ShapeError, r"got shapes \(50, 4\) and \(7, 1\)"),
        (X[:, :3], Y, {}, ShapeError, r"layer 0 of the Sequential: Dense\(4, 8\) takes 4 features, got 3 features"),
        (X[:, 0], Y, {}, ShapeError, r"Dense\(4, 8\) takes 4 features, got samples of shape \(\)"),
        (X, Y[:, 0], {}, ShapeError, r"MSELoss takes a target .* \(50, 1\), got \(50,\)\. Use target\[:, None\]"),
        (X, np.hstack([Y, Y]), {}, ShapeError, r"\(50, 1\), got \(50, 2\)"),
        (np.where(X[3, 2] == X, np.nan, X), Y, {}, DataError, r"X must be finite, but X\[3, 2\] is nan"),
        (X, np.where(Y[5, 0] == Y, np.inf, Y), {}, DataError, r"y must be finite, but y\[5, 0\] is inf"),
        (np.full((50, 4), 1e300), Y, {}, DataError, r"X must be finite, but X\[0, 0\] is inf"),
        (X.astype(object), Y, {}, DTypeError, "X must hold real numbers, got dtype object"),
        (X.astype(str), Y, {}, DTypeError, "X must hold real numbers, got dtype <U"),
        (X + 1j, Y, {}, DTypeError, "X must hold real numbers, got dtype complex"),
        (X, Y.astype(str), {}, DTypeError, "target must hold real numbers, got dtype <U"),
        (X, Y, {"epochs": -1}, ConfigError, "epochs must be an integer of at least 0, got -1"),
        (X, Y, {"batch_size": 0}, ConfigError, "batch_size must be an integer of at least 1, got 0"),
        (X, Y, {"batch_size": True}, ConfigError, "batch_size must be an integer of at least 1, got True"),
        (X, Y, {"validation_data": X}, ConfigError, r"validation_data must be a pair \(X, y\)"),
        (X, Y, {"validation_data": (X, Y[:3])}, ShapeError, "validation X and validation y must have as many rows"),
        (X, Y, {"validation_data": (X * np.nan, Y)}, DataError, "validation X must be finite"),
    ],
)
def test_bad_data_are_refused_and_nothing_changes(X, y, options, error, message):
    model = network()
    optimizer = lk.SGD(model, 0.1, momentum=0.9)
    t = lk.Trainer(model, lk.MSELoss(), optimizer, rng=0)
    before = [vector.copy() for vector in (model.parameter_vector, model.gradient_vector, optimizer.state["velocity"])]
    with pytest.raises(error, match=message):
        t.fit(X, y, **options)
    after = [model.parameter_vector, model.gradient_vector, optimizer.state["velocity"]]
    assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))
    assert optimizer.steps == 0


@pytest.mark.parametrize(("label", "valid"), [(3, "from 0 to 2, got 3"), (-1, "from 0 to 2, got -1")])
def test_a_label_out_of_range_is_found_wherever_it_is(label, valid):
    model = lk.Sequential(lk.Dense(4, 3), rng=0)
    labels = np.zeros(50, int)
    labels[37] = label
    before = model.parameter_vector.copy()
    with pytest.raises(DataError, match=rf"class indices must be {valid}"):
        trainer(model, loss=lk.CrossEntropyLoss()).fit(X, labels, batch_size=5)
    assert np.array_equal(model.parameter_vector, before)


def test_parts_of_the_wrong_kind_are_refused():
    model, other = network(), network(1)
    with pytest.raises(ConfigError, match=r"model must be an instance of Sequential, got Dense\(4, 1\)"):
        lk.Trainer(lk.Dense(4, 1), lk.MSELoss(), lk.SGD(model))
    with pytest.raises(ConfigError, match="loss must be an instance of Loss, got <class"):
        lk.Trainer(model, lk.MSELoss, lk.SGD(model))
    with pytest.raises(ConfigError, match="optimizer must be an instance of Optimizer, got 'sgd'"):
        lk.Trainer(model, lk.MSELoss(), "sgd")
    with pytest.raises(ConfigError, match=r"the optimizer was made for another network.*SGD\(model, \.\.\.\)"):
        lk.Trainer(model, lk.MSELoss(), lk.SGD(other))
    with pytest.raises(ConfigError, match=r"metric 'MSELoss' must be a callable .* got MSELoss"):
        lk.Trainer(model, lk.MSELoss(), lk.SGD(model), metrics=[lk.MSELoss()])


def test_one_metric_needs_no_list_and_a_partial_has_the_name_of_its_function():
    assert trainer(metrics=lk.r2).metrics == {"r2": lk.r2}
    assert list(trainer(metrics=[functools.partial(lk.accuracy, threshold=0.5)]).metrics) == ["accuracy"]


@pytest.mark.parametrize("metrics", [[lk.r2, lk.r2], {"cost": lk.r2}, [lambda a, y: 1.0, lambda a, y: 2.0]])
def test_metrics_that_would_share_a_column_are_refused(metrics):
    with pytest.raises(
        ConfigError, match=r"each metric needs a name of its own other than cost and learning_rate, got"
    ):
        trainer(metrics=metrics)


def test_errors_say_which_data_they_are_about():
    with pytest.raises(ShapeError, match=r"validation y: MSELoss takes a target .* got \(50,\)"):
        trainer().fit(X, Y, validation_data=(X, Y[:, 0]))
    with pytest.raises(ShapeError, match=r"validation X: layer 0 of the Sequential: .* got 3 features"):
        trainer().fit(X, Y, validation_data=(X[:, :3], Y))


class Both(lk.Layer):
    """a(x) + b(x): its layers do not stand in a row."""

    def __init__(self):
        self.layers = (lk.Dense(4, 1), lk.Dense(4, 1))

    def forward(self, x, training=True, out=None):
        return self.layers[0].forward(x, training) + self.layers[1].forward(x, training)

    def backward(self, grad, out=None):
        return self.layers[0].backward(grad) + self.layers[1].backward(grad)

    def output_shape(self, input_shape):
        return (1,)


def test_divergence_in_a_layer_made_of_layers_is_diagnosed_and_undone():
    model = lk.Sequential(Both(), rng=0)
    before = model.parameter_vector.copy()
    with pytest.raises(NumericalError, match=r"the (weight|output) of layer 0, Both\(\)|the cost itself"):
        trainer(model, learning_rate=1e20).fit(X, Y, epochs=5, batch_size=5)
    assert np.array_equal(model.parameter_vector, before)


def test_a_loss_with_a_constructor_of_its_own_can_be_trained_with():
    class Scaled(lk.Loss):
        def __init__(self, factor):
            self.factor = factor

        def forward(self, prediction, target):
            self.cache = prediction - target
            return self.factor * float(np.mean(self.cache**2))

        def backward(self):
            return self.factor * 2 * self.cache / self.cache.size

    history = trainer(loss=Scaled(3.0)).fit(X, Y, epochs=5)
    assert history["cost"][-1] < history["cost"][0]
