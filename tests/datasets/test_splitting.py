import numpy as np
import pytest

from layerkit.datasets import load_digits, split
from layerkit.errors import ConfigError, ShapeError


def test_each_sample_lands_on_one_side_with_its_target():
    X = np.arange(10)[:, None]
    (X_train, y_train), (X_held_out, y_held_out) = split(X, 10 * X[:, 0], held_out=0.3, rng=0)
    assert (len(X_train), len(X_held_out)) == (7, 3)
    assert sorted([*X_train[:, 0], *X_held_out[:, 0]]) == list(range(10))
    assert np.array_equal(y_train, 10 * X_train[:, 0])
    assert np.array_equal(y_held_out, 10 * X_held_out[:, 0])


@pytest.mark.parametrize("one_hot", [False, True], ids=["indices", "one-hot"])
def test_each_class_gives_its_share(one_hot):
    y = np.repeat([0, 1, 2], [50, 30, 20])
    target = np.eye(3)[y] if one_hot else y
    for seed in range(20):
        _, (_, held_out) = split(np.zeros((100, 1)), target, held_out=0.2, rng=seed)
        counts = held_out.sum(axis=0) if one_hot else np.bincount(held_out)
        assert list(counts) == [10, 6, 4]


def test_shares_that_do_not_come_out_even_are_off_by_less_than_one_sample():
    X, y = load_digits()
    _, (_, held_out) = split(X, y, held_out=0.2, rng=1)
    assert len(held_out) == 359
    assert np.all(np.abs(np.bincount(held_out) - 359 / 1797 * np.bincount(y)) < 1)


def test_each_range_of_a_number_gives_its_share():
    y = np.linspace(0, 1, 100)
    _, (_, held_out) = split(y[:, None], y, held_out=0.1, rng=0)
    assert np.floor(10 * held_out).astype(int).tolist() == list(range(10))


def test_every_sample_is_held_out_by_some_seed():
    y = np.zeros(4)
    seen = {int(X) for seed in range(40) for X in split(np.arange(4), y, held_out=0.25, rng=seed)[1][0]}
    assert seen == {0, 1, 2, 3}


def test_same_seed_gives_the_same_split_and_another_one_another():
    X, y = load_digits()
    first, again, other = (split(X, y, rng=seed)[1][0] for seed in (3, 3, 4))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_order_of_the_data_is_kept():
    (train, _), (held_out, _) = split(np.arange(20), np.zeros(20), held_out=0.5, rng=0)
    assert np.all(np.diff(train) > 0)
    assert np.all(np.diff(held_out) > 0)


@pytest.mark.parametrize("share", [0, 1, -0.1, float("nan")])
def test_share_outside_of_0_and_1_is_refused(share):
    with pytest.raises(ConfigError, match="held_out must be a finite number above 0 and below 1"):
        split([1, 2], [1, 2], held_out=share)


@pytest.mark.parametrize(("share", "missing"), [(0.1, "hold out"), (0.9, "train on")])
def test_too_few_samples_for_the_share_are_refused(share, missing):
    with pytest.raises(ShapeError, match=rf"held_out={share} of 3 samples is \d, which leaves nothing to {missing}"):
        split([1, 2, 3], [1, 2, 3], held_out=share)


def test_different_numbers_of_rows_are_refused():
    with pytest.raises(ShapeError, match=r"equally many rows, at least one, got shapes \(3,\) and \(2,\)"):
        split([1, 2, 3], [1, 2])


def test_tuples_of_arrays_are_split_together():
    X, y = np.arange(10), np.repeat([0, 1], 5)
    (X_train, y_train), (X_held_out, y_held_out) = split((X, 10 * X[:, None]), (y, X), held_out=0.4, rng=0)
    for (first, second), (label, same), rows in ((X_train, y_train, 6), (X_held_out, y_held_out, 4)):
        assert np.array_equal(second, 10 * first[:, None])
        assert np.array_equal(same, first)
        assert np.bincount(label).tolist() == [rows / 2, rows / 2]


def test_tuple_of_numbers_is_one_array():
    (X, y), _ = split((1, 2, 3, 4), (0.5, 1.5, 2.5, 3.5), held_out=0.25, rng=0)
    assert X.shape == y.shape == (3,)
