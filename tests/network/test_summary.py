"""The table that shows a network at a glance."""

import io

import numpy as np
import pytest

import layerkit as lk
from layerkit.errors import ShapeError


def test_table_shows_layers_shapes_counts_and_memory():
    model = lk.Sequential(lk.Dense(64, 32), lk.ReLU(), lk.Dense(32, 10))
    assert str(model.summary()).splitlines() == [
        "#  layer          output  parameters   memory",
        "─────────────────────────────────────────────",
        "0  Dense(64, 32)  32           2,080  8.1 KiB",
        "1  ReLU()         32               0      0 B",
        "2  Dense(32, 10)  10             330  1.3 KiB",
        "─────────────────────────────────────────────",
        "2,410 parameters, 9.4 KiB; activations of one sample 296 B",
    ]


def test_summary_shows_as_it_prints():
    summary = lk.Sequential(lk.Dense(2, 1)).summary()
    assert repr(summary) == str(summary)
    assert isinstance(summary, str)


def test_shape_that_is_not_known_is_marked_and_can_be_given():
    model = lk.Sequential(lk.ReLU(), lk.Flatten(), lk.Dense(64, 10))
    outputs = [line.split()[2] for line in model.summary().splitlines()[2:4]]
    assert outputs == ["?", "?"]
    assert "ReLU()         8 × 8" in model.summary((8, 8))
    with pytest.raises(ShapeError, match=r"layer 2 of the Sequential: Dense\(64, 10\) takes 64 features, got 4"):
        model.summary((2, 2))


def test_samples_of_several_axes_and_of_none():
    assert "2 × 3 × 4" in lk.Sequential(lk.ReLU()).summary((2, 3, 4))
    assert lk.Sequential(lk.ReLU()).summary(()).splitlines()[2].split()[2] == "1"


def test_nested_network_takes_one_line():
    model = lk.Sequential(lk.Sequential(lk.Dense(2, 3), lk.ReLU()), lk.Dense(3, 1))
    assert "0  Sequential( Dense(2, 3), ReLU(), )" in model.summary()
    assert len(model.summary().splitlines()) == 6


def test_memory_is_that_of_the_dtype_and_has_readable_units():
    assert "2,410 parameters, 18.8 KiB" in lk.Sequential(lk.Dense(64, 32), lk.Dense(32, 10), dtype=np.float64).summary()
    assert "4.0 MiB" in lk.Sequential(lk.Dense(1023, 1024)).summary()
    huge = lk.Sequential(lk.Linear()).summary((1 << 20, 1 << 10))
    assert huge.endswith("activations of one sample 4.0 GiB")


def test_blocks_take_one_line_and_tuples_show_all_their_shapes():
    model = lk.Sequential(
        lk.Dense(4, 8), lk.Residual(lk.Dense(8, 8)), lk.Parallel(lk.Dense(8, 2), lk.Dense(8, 1), join="tuple")
    )
    assert [line.split("  ")[1] for line in model.summary().splitlines()[2:5]] == [
        "Dense(4, 8)",
        "Residual( Dense(8, 8), )",
        "Parallel(Dense(8, 2), Dense(8, 1), join='tuple')",
    ]
    assert [line.split()[-4:-2] for line in model.summary().splitlines()[2:5]] == [
        ["8", "40"],
        ["8", "72"],
        ["(1)", "27"],
    ]
    assert "(2), (1)" in model.summary()
    assert model.summary().endswith("139 parameters, 556 B; activations of one sample 76 B")


def test_length_that_varies_is_marked():
    model = lk.Sequential(lk.Dense(4, 8), lk.Tanh())
    assert "? × 8" in model.summary((None, 4))
    assert "activations" not in model.summary((None, 4))


def test_layer_that_takes_anything_has_no_known_shape():
    class Anything(lk.Linear):
        input_shape, input_dtype = None, "any"

    assert lk.Sequential(Anything()).summary().splitlines()[2].split()[2] == "?"


def test_summary_can_be_printed_where_stdout_cannot_encode_it(monkeypatch):
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(io.BytesIO(), encoding="ascii"))
    summary = lk.Sequential(lk.ReLU()).summary((2, 3))
    assert "2 x 3" in summary
    summary.encode("ascii")
