"""Callbacks: when they are called, and what the bundled ones do to the training."""

import numpy as np
import pytest

import layerkit as lk

X = np.linspace(-1, 1, 8, dtype=np.float32)[:, None]


def trainer(learning_rate=0.1, **options):
    model = lk.Sequential(lk.Dense(1, 1), rng=0)
    return lk.Trainer(model, lk.MSELoss(), lk.SGD(model, learning_rate), rng=0, **options)


class Diary(lk.Callback):
    def __init__(self):
        self.pages = []

    def on_fit_start(self, run):
        self.pages.append("fit")

    def on_epoch_start(self, run):
        self.pages.append(f"epoch {run.epoch}")

    def on_batch_start(self, run):
        self.pages.append(f"step {run.step}")

    def on_batch_end(self, run, loss):
        assert loss > 0
        self.pages.append(f"done {run.step}")

    def on_epoch_end(self, run, record):
        assert record["loss"] == run.history["loss"][run.epoch]
        self.pages.append(f"end {run.epoch}")

    def on_fit_end(self, run):
        self.pages.append("over")


def test_order_of_the_calls():
    diary = Diary()
    trainer().fit(X, X, epochs=2, batch_size=4, callbacks=[diary])
    assert diary.pages == [
        "fit",
        *("epoch 0", "step 0", "done 0", "step 1", "done 1", "end 0"),
        *("epoch 1", "step 2", "done 2", "step 3", "done 3", "end 1"),
        "over",
    ]


def test_end_of_the_fit_is_called_after_an_error_too():
    class Fails(Diary):
        def on_epoch_end(self, run, record):
            raise RuntimeError("stop here")

    diary = Fails()
    with pytest.raises(RuntimeError, match="stop here"):
        trainer().fit(X, X, callbacks=[diary])
    assert diary.pages[-1] == "over"


def test_stop_ends_after_the_epoch():
    class Stop(lk.Callback):
        def on_batch_end(self, run, loss):
            run.stop()

    assert trainer().fit(X, X, epochs=5, batch_size=2, callbacks=[Stop()]).epochs == 1


def test_stop_does_not_outlive_its_fit():
    class Stop(lk.Callback):
        def on_epoch_end(self, run, record):
            run.stop()

    t = trainer()
    t.fit(X, X, epochs=3, callbacks=[Stop()])
    assert t.fit(X, X, epochs=3).epochs == 3


def test_what_is_no_callback_is_refused():
    with pytest.raises(
        lk.errors.ConfigError,
        match="each of them must be an instance of Callback, got <function",
    ):
        trainer().fit(X, X, callbacks=[lambda run: None])


def test_schedule_by_epoch_shows_in_the_history():
    schedule = lk.LearningRateSchedule(lk.StepSchedule(0.2, every=2, factor=0.5))
    history = trainer().fit(X, X, epochs=4, callbacks=[schedule])
    assert history["learning_rate"] == [0.2, 0.2, 0.1, 0.1]


def test_schedule_by_batch_counts_steps_through_all_epochs():
    times = []

    def schedule(time):
        times.append(time)
        return 0.01

    trainer().fit(X, X, epochs=2, batch_size=4, callbacks=[lk.LearningRateSchedule(schedule, every="batch")])
    assert times == [0, 1, 2, 3]


def test_a_plain_function_is_a_schedule():
    history = trainer().fit(X, X, epochs=3, callbacks=[lk.LearningRateSchedule(lambda epoch: 0.1 / (1 + epoch))])
    assert history["learning_rate"] == [0.1, 0.05, 0.1 / 3]


class Worse:
    """A metric that returns given values, one for each epoch."""

    __name__ = "told"

    def __init__(self, *values):
        self.values = list(values)
        self.parameters = []

    def __call__(self, prediction, target):
        return self.values.pop(0)


def stopped(values, model_parameters, **options):
    t = trainer(metrics=[Worse(*values)])

    class Keep(lk.Callback):
        def on_epoch_end(self, run, record):
            model_parameters.append(run.model.parameter_vector.copy())

    callback = lk.EarlyStopping(monitor="told", **{"mode": "min"} | options)
    history = t.fit(X, 3 * X, epochs=len(values), callbacks=[Keep(), callback])
    return t, history, callback


def test_early_stopping_puts_the_best_parameters_back():
    kept = []
    t, history, callback = stopped([5.0, 3.0, 4.0, 3.5, 3.1, 1.0], kept, patience=3)
    assert history.epochs == 5  # three epochs after the best one; the last value is never seen
    assert (callback.best, callback.best_epoch) == (3.0, 1)
    assert np.array_equal(t.model.parameter_vector, kept[1])
    assert not np.array_equal(kept[1], kept[4])


def test_early_stopping_puts_the_best_back_when_the_epochs_run_out():
    kept = []
    t, history, _ = stopped([5.0, 3.0, 4.0], kept, patience=10)
    assert history.epochs == 3
    assert np.array_equal(t.model.parameter_vector, kept[1])


def test_early_stopping_of_what_should_grow():
    kept = []
    _, history, callback = stopped([0.5, 0.9, 0.8, 0.7, 0.6], kept, patience=2, mode="max")
    assert (history.epochs, callback.best_epoch) == (4, 1)


def test_a_change_below_the_minimum_is_none():
    _, history, callback = stopped([5.0, 4.99, 4.98, 4.97], [], patience=2, minimum_change=0.1)
    assert (history.epochs, callback.best_epoch) == (3, 0)


def test_an_equal_value_is_no_improvement():
    _, history, callback = stopped([5.0, 5.0, 5.0, 5.0], [], patience=2)
    assert (history.epochs, callback.best_epoch) == (3, 0)


def test_early_stopping_starts_anew_in_each_fit():
    callback = lk.EarlyStopping(monitor="loss", patience=1)
    t = trainer()
    t.fit(X, X, epochs=2, callbacks=[callback])
    t.model.parameter_vector[:] = 100.0  # far worse than where the first fit ended
    assert t.fit(X, X, epochs=3, callbacks=[callback]).epochs == 3


def test_early_stopping_of_a_column_that_will_not_exist_is_refused_before_training():
    t = trainer()
    before = t.model.parameter_vector.copy()
    with pytest.raises(lk.errors.ConfigError, match="monitors 'val_loss', but the columns are loss, learning_rate"):
        t.fit(X, X, callbacks=[lk.EarlyStopping()])
    assert np.array_equal(t.model.parameter_vector, before)


def test_a_refused_fit_neither_moves_the_parameters_nor_forgets_the_last_history():
    callback = lk.EarlyStopping()
    t = trainer()
    history = t.fit(X, X, epochs=2, validation_data=(X, X), callbacks=callback)
    t.model.parameter_vector[:] = 5.0
    with pytest.raises(lk.errors.ConfigError, match="monitors 'val_loss'"):
        t.fit(X, X, callbacks=callback)
    assert (t.model.parameter_vector == 5.0).all()
    assert t.history is history


def test_early_stopping_does_not_take_nan_for_the_best():
    _, history, callback = stopped([float("nan"), 3.0, 2.0, 2.5, 2.6], [], patience=2)
    assert (history.epochs, callback.best_epoch) == (5, 2)


def test_early_stopping_asks_which_way_is_better_where_it_is_no_loss():
    with pytest.raises(
        lk.errors.ConfigError, match=r"whether less or more of 'val_r2' is better\. Pass 'min' or 'max'"
    ):
        lk.EarlyStopping("val_r2")
    assert lk.EarlyStopping("hinge_loss").mode == "min"
