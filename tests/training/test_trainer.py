"""Trainer: the same numbers as the loop written out."""

import subprocess
import sys

import numpy as np
import pytest

import layerkit as lk

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
    losses = []
    for _ in range(3):
        total = 0.0
        for x, y in lk.batches(X, Y, batch_size=16, rng=rng):
            value = float(loss.forward(model.forward(x), y))
            model.backward(loss.backward(), input_grad=False)
            optimizer.step()
            total += value * len(x)
        losses.append(total / 50)
    assert np.array_equal(t.model.parameter_vector, model.parameter_vector)
    assert history["loss"] == losses


def test_gradient_of_the_samples_is_not_computed():
    asked = []

    class Spy(lk.Dense):
        def backward(self, grad, input_grad=True):
            asked.append(input_grad)
            return super().backward(grad, input_grad)

    trainer(lk.Sequential(Spy(4, 4), Spy(4, 1), rng=0)).fit(X, Y, batch_size=50)
    assert asked == [True, False]


def test_loss_of_an_epoch_weighs_the_smaller_last_batch_by_its_rows():
    model = lk.Sequential(lk.Dense(1, 1, bias=False))
    model[0].weight.value = [[1.0]]
    data = np.array([[1.0], [1.0], [1.0]], np.float32)
    history = lk.Trainer(model, lk.MSELoss(), lk.SGD(model, 0.0), rng=0).fit(data, [[0.0], [0.0], [3.0]], batch_size=2)
    assert history["loss"] == [pytest.approx((1 + 1 + 4) / 3)]  # whatever the order


def test_loss_of_a_summed_loss_is_the_sum():
    model = lk.Sequential(lk.Dense(1, 1, bias=False))
    model[0].weight.value = [[1.0]]
    data = np.ones((3, 1), np.float32)
    fit = lk.Trainer(model, lk.MSELoss("sum"), lk.SGD(model, 0.0)).fit
    history = fit(data, 0 * data, batch_size=2, validation_data=(data, 0 * data))
    assert history["loss"] == history["val_loss"] == [3.0]


def test_columns_of_the_history():
    t = trainer(metrics=[lk.r2])
    history = t.fit(X, Y, epochs=2, validation_data=(X[:10], Y[:10]))
    assert tuple(history) == ("loss", "r2", "learning_rate", "val_loss", "val_r2")
    assert {type(value) for column in history.values() for value in column} == {float}
    assert history["r2"][-1] == lk.r2(t.model.predict(X), Y)
    assert history["val_loss"][-1] == lk.MSELoss().forward(t.model.predict(X[:10]), Y[:10])
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


def test_ctrl_c_leaves_what_was_learned_and_the_epochs_that_are_over():
    class Interrupt(lk.Callback):
        def on_batch_end(self, run, loss):
            if run.step == 9:  # in the third epoch
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
    assert "loss=" in err


def test_without_progress_nothing_is_written(capsys):
    trainer().fit(X, Y)
    assert capsys.readouterr() == ("", "")


def test_a_loss_with_a_constructor_of_its_own_can_be_trained_with():
    class Scaled(lk.Loss):
        def __init__(self, factor):
            self.factor = factor

        def cost(self, prediction, target):
            raise NotImplementedError

        def forward(self, prediction, target, sample_weight=None):
            self.cache = prediction - target
            return self.factor * float(np.mean(self.cache**2))

        def backward(self):
            return self.factor * 2 * self.cache / self.cache.size

    t = trainer(loss=Scaled(3.0))
    history = t.fit(X, Y, epochs=5, batch_size=16)
    assert history["loss"][-1] < history["loss"][0]


def test_two_inputs_and_two_outputs_are_trained_as_the_loop_written_out():
    def two(seed=3):
        inputs = lk.Parallel(lk.Dense(4, 8), lk.Dense(2, 8), inputs="each")
        return lk.Sequential(inputs, lk.Tanh(), lk.Parallel(lk.Dense(16, 3), lk.Dense(16, 1), join="tuple"), rng=seed)

    def joint():
        return lk.JointLoss(lk.CrossEntropyLoss(), lk.MSELoss(), weights=(1.0, 0.5))

    inputs, targets = (X, X[:, 2:].astype(float)), ((X[:, 0] > 0).astype(int), Y)
    model, loss = two(), joint()
    t = lk.Trainer(model, loss, lk.Adam(model, 0.02), rng=0, metrics={"share": lambda p, y: lk.accuracy(p[0], y[0])})
    history = t.fit(inputs, targets, epochs=20, batch_size=16, validation_data=(inputs, targets))
    assert history["val_loss"][-1] < history["val_loss"][0] / 2
    assert history["val_share"][-1] > 0.9

    other, loss, rng = two(), joint(), np.random.default_rng(0)
    optimizer = lk.Adam(other, 0.02)
    for _ in range(20):
        for x, y in lk.batches((X, X[:, 2:]), targets, batch_size=16, rng=rng):
            loss.forward(other.forward(x), y)
            other.backward(loss.backward(), input_grad=False)
            optimizer.step()
    assert np.array_equal(model.parameter_vector, other.parameter_vector)


def test_joint_loss_of_sums_is_summed():
    model = lk.Sequential(
        lk.Parallel(lk.Linear(), lk.Linear(), join="tuple"),
        lk.Parallel(lk.Dense(1, 1), lk.Dense(1, 1), inputs="each", join="tuple"),
        rng=0,
    )
    loss = lk.JointLoss(lk.MSELoss("sum"), lk.MAELoss("sum"))
    data = np.ones((5, 1), np.float32)
    t = lk.Trainer(model, loss, lk.SGD(model, 0.0))
    history = t.fit(data, (data, data), batch_size=2, validation_data=(data, (data, data)))
    assert history["loss"] == pytest.approx(history["val_loss"])


def test_callbacks_receive_the_run():
    runs, steps = [], []

    class Keep(lk.Callback):
        def on_fit_start(self, run):
            runs.append(run)
            assert (run.epoch, run.step, run.stopping) == (0, 0, False)
            assert run.columns == ("loss", "learning_rate", "val_loss")
            assert run.history == {}

        def on_epoch_start(self, run):
            steps.append(run.step)

    t = trainer()
    history = t.fit(X, Y, epochs=2, batch_size=16, validation_data=(X, Y), callbacks=Keep())
    (run,) = runs
    assert type(run) is lk.Run
    assert (run.model, run.loss, run.optimizer) == (t.model, t.loss, t.optimizer)
    assert run.history is history
    assert isinstance(run.rng, np.random.Generator)
    assert steps == [0, 4]
    assert (run.epoch, run.step) == (1, 8)
    run.stop()
    assert run.stopping
