"""History: columns that do not get lost or mixed up."""

import pytest

import layerkit as lk


def history(*costs):
    result = lk.History()
    for cost in costs:
        result.append({"cost": cost, "learning_rate": 0.1}, seconds=0.5)
    return result


def test_columns_hold_a_value_an_epoch():
    h = history(3.0, 2.0, 1.5)
    assert h["cost"] == [3.0, 2.0, 1.5]
    assert h.epochs == 3
    assert h.seconds == [0.5, 0.5, 0.5]
    assert list(h) == ["cost", "learning_rate"]
    assert dict(h)["learning_rate"] == [0.1, 0.1, 0.1]


def test_equality_is_about_what_was_measured_not_how_long_it_took():
    slow = history(1.0)
    slow.seconds[0] = 99.0
    assert slow == history(1.0)
    assert history(1.0) != history(2.0)


def test_an_unknown_column_is_named_with_those_that_exist():
    with pytest.raises(KeyError, match="no column 'loss', only cost, learning_rate"):
        history(1.0)["loss"]
    with pytest.raises(KeyError, match="only none"):
        lk.History()["cost"]


def test_repr_tells_first_and_last():
    assert repr(history(3.0, 1.5)) == "History of 2 epochs: cost 3 → 1.5, learning_rate 0.1 → 0.1"
    assert repr(lk.History()) == "History of 0 epochs"
