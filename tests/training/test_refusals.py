"""What a Trainer refuses, before anything changes, and that its advice works."""

import functools

import numpy as np
import pytest

import layerkit as lk
from layerkit.errors import ConfigError, DataError, DTypeError, ShapeError
from layerkit.training.data import prepare

RNG = np.random.default_rng(0)
X = RNG.normal(size=(50, 4)).astype(np.float32)
Y = (X[:, :1] * 2 - X[:, 1:2]).astype(np.float32)


def network(seed=0, **options):
    return lk.Sequential(lk.Dense(4, 8), lk.ReLU(), lk.Dense(8, 1), rng=seed, **options)


def trainer(model=None, learning_rate=0.05, loss=None, **options):
    model = model or network()
    return lk.Trainer(model, loss or lk.MSELoss(), lk.SGD(model, learning_rate), rng=0, **options)


@pytest.mark.parametrize(
    ("X", "y", "options", "error", "message"),
    [
        (
            X[:0],
            Y[:0],
            {},
            ShapeError,
            r"X and y: all arrays must have equally many rows, at least one, got shapes \(0, 4\) and \(0, 1\)",
        ),
        (X, Y[:7], {}, ShapeError, r"got shapes \(50, 4\) and \(7, 1\)"),
        (X[:, :3], Y, {}, ShapeError, r"layer 0 of the Sequential: Dense\(4, 8\) takes 4 features, got 3"),
        (X[:, 0], Y, {}, ShapeError, r"Dense\(4, 8\) takes 4 features, got samples of shape \(\)"),
        (X, Y[:, 0], {}, ShapeError, r"MSELoss takes a target .* \(50, 1\), got \(50,\)\. Use target\.reshape"),
        (X, np.hstack([Y, Y]), {}, ShapeError, r"\(50, 1\), got \(50, 2\)"),
        (np.where(X[3, 2] == X, np.nan, X), Y, {}, DataError, r"X must be finite, but X\[3, 2\] is nan"),
        (X, np.where(Y[5, 0] == Y, np.inf, Y), {}, DataError, r"y must be finite, but y\[5, 0\] is inf"),
        (
            np.full((50, 4), 1e300),
            Y,
            {},
            DataError,
            r"X holds 1e\+300, too large for float32\. Scale the data to about -1 to 1",
        ),
        (X.astype(object), Y, {}, DTypeError, "X must hold real numbers, got dtype object"),
        (X.astype(str), Y, {}, DTypeError, "X must hold real numbers, got dtype <U"),
        (X + 1j, Y, {}, DTypeError, "X must hold real numbers, got dtype complex"),
        (X, Y.astype(str), {}, DTypeError, "y must hold real numbers, got dtype <U"),
        (X, Y, {"epochs": -1}, ConfigError, "epochs must be an integer of at least 0, got -1"),
        (X, Y, {"batch_size": 0}, ConfigError, "batch_size must be an integer of at least 1, got 0"),
        (X, Y, {"batch_size": True}, ConfigError, "batch_size must be an integer of at least 1, got True"),
        (X, np.where(Y[5, 0] == Y, 1e39, Y.astype(float)), {}, DataError, r"y holds 1e\+39, too large for float32"),
        (X, Y, {"progress": "yes"}, ConfigError, "progress must be True or False, got 'yes'"),
        (X, Y, {"callbacks": None}, ConfigError, r"callbacks must be a list, \[\] for none; .*Callback, got None"),
        (X, Y, {"callbacks": lk.EarlyStopping}, ConfigError, r"Make an object of it: EarlyStopping\(\.\.\.\)"),
        (X, Y, {"validation_data": X}, ConfigError, r"validation_data must be a pair \(X, y\)"),
        (
            X,
            Y,
            {"validation_data": (X, Y[:3])},
            ShapeError,
            "validation X and validation y: all arrays must have equally many rows",
        ),
        (X, Y, {"validation_data": (X * np.nan, Y)}, DataError, "validation X must be finite"),
    ],
)
def test_bad_data_are_refused_and_nothing_changes(X, y, options, error, message):
    model = network()
    optimizer = lk.SGD(model, 0.1, momentum=0.9)
    t = lk.Trainer(model, lk.MSELoss(), optimizer, rng=0)
    before = [vector.copy() for vector in (model.parameter_vector, model.gradient_vector, optimizer.velocity)]
    with pytest.raises(error, match=message):
        t.fit(X, y, **options)
    after = [model.parameter_vector, model.gradient_vector, optimizer.velocity]
    assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))


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
    with pytest.raises(
        ConfigError, match=r"optimizer belongs to another network\. Make one for this: SGD\(model, \.\.\.\)"
    ):
        lk.Trainer(model, lk.MSELoss(), lk.SGD(other))
    with pytest.raises(ConfigError, match=r"metric 'MSELoss' must be a callable .* got MSELoss"):
        lk.Trainer(model, lk.MSELoss(), lk.SGD(model), metrics=[lk.MSELoss()])


def test_one_metric_needs_no_list_and_a_partial_has_the_name_of_its_function():
    assert trainer(metrics=lk.r2).metrics == {"r2": lk.r2}
    assert list(trainer(metrics=[functools.partial(lk.accuracy, threshold=0.5)]).metrics) == ["accuracy"]


@pytest.mark.parametrize(
    "metrics", [[lk.r2, lk.r2], {"loss": lk.r2}, {"a": lk.r2, "val_a": lk.r2}, [lambda a, y: 1.0, lambda a, y: 2.0]]
)
def test_metrics_that_would_share_a_column_are_refused(metrics):
    with pytest.raises(ConfigError, match=r"metrics and loss must have different names, got .* Pass \{name: metric\}"):
        trainer(metrics=metrics)


def test_errors_say_which_data_they_are_about():
    with pytest.raises(ShapeError, match=r"validation y: MSELoss takes a target .* got \(50,\)"):
        trainer().fit(X, Y, validation_data=(X, Y[:, 0]))
    with pytest.raises(ShapeError, match=r"validation X: layer 0 of the Sequential: .* got 3"):
        trainer().fit(X, Y, validation_data=(X[:, :3], Y))


@pytest.mark.parametrize(
    ("X", "y", "error", "message"),
    [
        ((X, X), (Y, Y[:7]), ShapeError, r"X and y: all arrays must have equally many rows"),
        ((X, X, X), (Y, Y), ShapeError, "X must be a tuple of 2 arrays, got a tuple of 3"),
        ((X, X), Y, ShapeError, "y: JointLoss takes a tuple of 2 targets, one for each loss, got one array"),
        ((X, X[:, :3]), (Y, Y), ShapeError, "X: layer 0 of the Sequential: branch 1 of the Parallel: .* got 3"),
        ((X, X), (Y, Y[:, 0]), ShapeError, r"y: MSELoss takes a target .* \(50, 1\), got \(50,\)"),
        (
            (X, np.where(X[3, 2] == X, np.nan, X)),
            (Y, Y),
            DataError,
            r"X\[1\] must be finite, but X\[1\]\[3, 2\] is nan",
        ),
        ((X, X), (Y, Y.astype(float) * 1e60), DataError, r"y\[1\] holds .*e\+\d\d, too large for float32"),
        ((X, X.astype(str)), (Y, Y), DTypeError, r"X\[1\] must hold real numbers, got dtype <U"),
    ],
)
def test_one_array_of_several_is_named(X, y, error, message):
    model = lk.Sequential(lk.Parallel(lk.Dense(4, 1), lk.Dense(4, 1), inputs="each", join="tuple"), rng=0)
    loss = lk.JointLoss(lk.MSELoss(), lk.MSELoss())
    with pytest.raises(error, match=message):
        lk.Trainer(model, loss, lk.SGD(model)).fit(X, y)


def test_advice_for_labels_that_are_strings_works():
    names = np.where(X[:, 0] > 0, "cat", "dog")
    model = lk.Sequential(lk.Dense(4, 2), rng=0)
    t = trainer(model, loss=lk.CrossEntropyLoss())
    with pytest.raises(DTypeError, match=r"classes, codes = np\.unique\(np\.asarray\(y\)\.astype\(str\), r"):
        t.fit(X, names)
    _, codes = np.unique(np.asarray(names, str), return_inverse=True)
    assert t.fit(X, codes, epochs=2).epochs == 2


def test_sparse_samples_are_told_to_be_made_dense():
    sparse = pytest.importorskip("scipy.sparse")
    with pytest.raises(DTypeError, match=r"X must hold real numbers, .* It is a sparse matrix: pass X\.toarray\(\)"):
        trainer().fit(sparse.csr_matrix(X), Y)
    with pytest.raises(DTypeError, match=r"It is a sparse matrix: pass y\.toarray\(\)"):
        trainer().fit(X, sparse.csr_matrix(Y))


def test_trace_and_profile_may_prepare_data_that_are_not_finite():
    x, y = prepare(network(), lk.MSELoss(), np.full((2, 4), np.nan), [[1], [2]], ("x", "y"), finite=False)
    assert np.isnan(x).all()
    assert (y.dtype, y.tolist()) == (np.float32, [[1.0], [2.0]])


def test_data_of_the_right_dtype_are_not_copied():
    x, y = prepare(network(), lk.MSELoss(), X, Y)
    assert x is X
    assert y is Y
