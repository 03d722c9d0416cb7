"""Batches: every row once, in an order that only the rng decides."""

import numpy as np
import pytest

import layerkit as lk

X, Y = np.arange(20.0).reshape(10, 2), np.arange(10)


def test_every_row_comes_once_with_its_own_target():
    seen = [
        (x, y) for rows, targets in lk.batches(X, Y, batch_size=3, rng=0) for x, y in zip(rows, targets, strict=True)
    ]
    assert sorted(y for _, y in seen) == list(range(10))
    assert all((x == X[y]).all() for x, y in seen)


def test_last_batch_is_smaller_and_none_is_lost():
    assert [len(y) for _, y in lk.batches(X, Y, batch_size=4, rng=0)] == [4, 4, 2]


def test_batch_larger_than_the_data_is_the_data():
    ((x, y),) = lk.batches(X, Y, batch_size=64, rng=0)
    assert x.shape == (10, 2)
    assert sorted(y) == list(range(10))


def test_same_seed_gives_the_same_order_and_another_seed_another():
    def order(rng):
        return [int(y) for _, targets in lk.batches(X, Y, batch_size=4, rng=rng) for y in targets]

    assert order(7) == order(7)
    assert order(7) != order(8)


def test_one_generator_gives_another_order_each_epoch():
    rng = np.random.default_rng(0)
    first, second = ([int(y) for _, t in lk.batches(X, Y, rng=rng) for y in t] for _ in range(2))
    assert first != second


def test_without_shuffle_the_order_of_the_data_stays():
    assert [int(y) for _, t in lk.batches(X, Y, batch_size=4, shuffle=False) for y in t] == list(range(10))


def test_data_larger_than_one_gather_are_complete():
    rows = np.arange(40_000.0)[:, None] * np.ones(16)  # 5 MB: ten gathers
    seen = np.concatenate([x[:, 0] for x, _ in lk.batches(rows, rows, batch_size=100, rng=0)])
    assert np.array_equal(np.sort(seen), rows[:, 0])


def test_batches_that_are_kept_are_not_overwritten_by_later_ones():
    kept = list(lk.batches(X, Y, batch_size=2, rng=1))
    copies = [(x.copy(), y.copy()) for x, y in lk.batches(X, Y, batch_size=2, rng=1)]
    assert all(np.array_equal(a, c) and np.array_equal(b, d) for (a, b), (c, d) in zip(kept, copies, strict=True))


def test_tuples_are_cut_row_by_row_like_arrays():
    inputs, targets = (X, Y[:, None]), ((Y, X), Y)
    for (x, extra), ((label, again), other) in lk.batches(inputs, targets, batch_size=3, rng=0):
        assert np.array_equal(x, X[label])
        assert np.array_equal(extra[:, 0], label)
        assert np.array_equal(again, x)
        assert np.array_equal(other, label)


def test_tuple_of_numbers_is_one_array():
    assert [y.tolist() for _, y in lk.batches(X[:4], (0, 1, 1, 0), batch_size=2, shuffle=False)] == [[0, 1], [1, 0]]


@pytest.mark.parametrize("shuffle", [True, False])
def test_order_of_one_array_is_that_of_a_tuple_with_it(shuffle):
    alone = [y.tolist() for _, y in lk.batches(X, Y, 4, rng=5, shuffle=shuffle)]
    assert [y.tolist() for _, y in lk.batches((X, X), Y, 4, rng=5, shuffle=shuffle)] == alone


def test_global_numpy_state_is_not_touched():
    def state():
        return np.random.get_state()[1].tolist()  # noqa: NPY002  # the legacy state is what must stay

    before = state()
    list(lk.batches(X, Y))
    assert state() == before


@pytest.mark.parametrize(
    ("X", "y", "options", "error", "message"),
    [
        (
            X,
            Y[:9],
            {},
            lk.errors.ShapeError,
            r"must have equally many rows, at least one, got shapes \(10, 2\) and \(9,\)",
        ),
        (X[:0], Y[:0], {}, lk.errors.ShapeError, r"at least one, got shapes \(0, 2\) and \(0,\)"),
        (X, np.float64(1), {}, lk.errors.ShapeError, r"got shapes \(10, 2\) and \(\)"),
        (X, Y, {"batch_size": 0}, lk.errors.ConfigError, "batch_size must be an integer of at least 1, got 0"),
        (X, Y, {"batch_size": 2.5}, lk.errors.ConfigError, "batch_size must be an integer of at least 1, got 2.5"),
        ((X, X[:3]), Y, {}, lk.errors.ShapeError, r"got shapes \(10, 2\) and \(3, 2\) and \(10,\)"),
        (X, Y, {"shuffle": 1}, lk.errors.ConfigError, "shuffle must be True or False, got 1"),
        (X, Y, {"rng": "seed"}, lk.errors.ConfigError, "rng must be a non-negative integer, .* got 'seed'"),
    ],
)
def test_what_cannot_be_batched_is_refused_at_the_call(X, y, options, error, message):
    with pytest.raises(error, match=message):
        lk.batches(X, y, **options)  # before anything is drawn from it
