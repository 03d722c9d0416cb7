"""History: columns that do not get lost or mixed up."""

import copy
import json
import os
import pickle
import subprocess
import sys

import pytest

import layerkit as lk


def history(*losses):
    result = lk.History()
    for loss in losses:
        result.append({"loss": loss, "learning_rate": 0.1}, seconds=0.5)
    return result


def test_columns_hold_a_value_an_epoch():
    h = history(3.0, 2.0, 1.5)
    assert h["loss"] == [3.0, 2.0, 1.5]
    assert h.epochs == 3
    assert h.seconds == [0.5, 0.5, 0.5]
    assert list(h) == ["loss", "learning_rate"]
    assert dict(h)["learning_rate"] == [0.1, 0.1, 0.1]


def test_equality_is_about_what_was_measured_not_how_long_it_took():
    slow = history(1.0)
    slow.seconds[0] = 99.0
    assert slow == history(1.0)
    assert history(1.0) != history(2.0)


def test_an_unknown_column_is_named_with_those_that_exist():
    with pytest.raises(KeyError, match="no column 'cost', only loss, learning_rate"):
        history(1.0)["cost"]
    with pytest.raises(KeyError, match="only none"):
        lk.History()["cost"]


def test_repr_tells_first_and_last():
    assert repr(history(3.0, 1.5)) == "History of 2 epochs: loss 3 → 1.5, learning_rate 0.1 → 0.1"
    assert repr(lk.History()) == "History of 0 epochs"


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_history_prints_where_stdout_cannot_encode_an_arrow(encoding):
    code = "import layerkit as lk; h = lk.History(); h.append({'loss': 0.5}); h.append({'loss': 0.25}); print(h, [h])"
    done = subprocess.run(
        [sys.executable, "-X", "utf8=0", "-c", code],
        capture_output=True,
        env=os.environ | {"PYTHONIOENCODING": encoding},
        check=True,
    )
    assert done.stdout.decode(encoding).startswith("History of 2 epochs: loss 0.5 -> 0.25 [")


def test_data_frame_has_a_row_for_each_epoch():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(history(3.0, 2.0))
    assert frame["loss"].tolist() == [3.0, 2.0]
    assert list(frame.columns) == ["loss", "learning_rate"]


def test_copies_pickles_and_json_keep_columns_and_seconds():
    h = history(3.0, 2.0)
    for other in (copy.deepcopy(h), pickle.loads(pickle.dumps(h))):
        assert type(other) is lk.History
        assert other == h
        assert other.seconds == h.seconds
    assert json.loads(json.dumps(h)) == {"loss": [3.0, 2.0], "learning_rate": [0.1, 0.1]}
