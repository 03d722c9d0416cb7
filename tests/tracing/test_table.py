import os
import re
import subprocess
import sys

import numpy as np
import pytest
from paper import X, Y, network

import layerkit as lk

TABLE = """\
                            shape  norm  zeros  smallest  largest
─────────────────────────────────────────────────────────────────
forward
    x                      (2, 2)  3.87     0%        -1        3
0  Dense(2, 2)
    W                      (2, 2)     2     0%        -1        1
    b                        (2,)     1    50%         0        1
    z = a W + b            (2, 2)   5.1     0%        -3        3
1  ReLU()
    a = max(z, 0)          (2, 2)  4.12    25%         0        3
2  Dense(2, 1)
    W                      (2, 1)  2.24     0%        -1        2
    b                        (1,)     1     0%         1        1
    z = a W + b            (2, 1)  7.07     0%         5        5
MSELoss()
    C = Σ (a - y)² / n  =  10
─────────────────────────────────────────────────────────────────
backward
MSELoss()
    ∂C/∂a = 2 (a - y) / n  (2, 1)  4.47     0%        -4        2
2  Dense(2, 1)
    dW = aᵀ δ              (2, 1)  4.47     0%        -2        4
    db = Σ δ                 (1,)     2     0%        -2       -2
    ∂C/∂a = δ Wᵀ           (2, 2)    10     0%        -8        4
1  ReLU()
    δ = ∂C/∂a ∘ [z > 0]    (2, 2)  9.17    25%        -8        4
0  Dense(2, 2)
    dW = aᵀ δ              (2, 2)    26     0%       -20       16
    db = Σ δ                 (2,)  4.47     0%        -4       -2
    ∂C/∂a = δ Wᵀ           (2, 2)    13     0%        -8        6"""


def test_table_has_every_equation_with_its_numbers_in_the_order_of_computation():
    assert str(lk.trace(network(), X, Y, lk.MSELoss())) == TABLE


def test_page_says_the_same_as_the_terminal():
    html = lk.trace(network(), X, Y, lk.MSELoss())._repr_html_()
    rows = [re.findall(r"<t[dh][^>]*>([^<]*)</t[dh]>", row) for row in html.replace("&gt;", ">").split("</tr>")[:-1]]
    lines = [line for line in TABLE.splitlines() if "─" not in line]
    assert [" ".join(" ".join(row).split()) for row in rows] == [" ".join(line.split()) for line in lines]


def test_page_takes_its_colors_from_where_it_is_shown_and_scrolls():
    html = lk.trace(network(), X, Y, lk.MSELoss())._repr_html_()
    assert html.startswith('<div style="overflow-x:auto;')
    assert set(re.findall(r"background:([^;\"]+)", html)) == {"none"}
    assert set(re.findall(r"[;\"]color:([^;\"]+)", html)) == {"inherit"}


def test_markup_in_a_name_is_shown_not_obeyed():
    class Odd(lk.Linear):
        def __repr__(self):
            return "<script>alert(1)</script>"

    html = lk.trace(lk.Sequential(Odd()), X, X, lk.MSELoss())._repr_html_()
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


def test_columns_stay_straight_when_something_is_wide():
    class Wordy(lk.Linear):
        equations = {"forward": "a = " + "z + " * 20 + "0"}  # noqa: RUF012  # what an author writes

    x = np.full((3, 2), 1e30)
    lines = str(lk.trace(lk.Sequential(Wordy(), lk.Dense(2, 4), rng=0), x, np.ones((3, 4)), lk.MAELoss())).splitlines()
    head = lines[0]
    numbers = [line for line in lines if re.search(r"\d%", line)]
    assert len(numbers) == 10
    assert {len(line) for line in numbers} == {len(head)}
    assert {line.index("%") for line in numbers} == {head.index("zeros") + 4}


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_numbers_that_are_none_are_shown(value):
    x = X.copy()
    x[1, 0] = value
    lines = str(lk.trace(network(), x, Y, lk.MSELoss())).splitlines()
    assert lines[3].split() == [
        "x",
        "(2,",
        "2)",
        str(value),
        "0%",
        *(("nan", "nan") if value != value else ("-1", "inf")),
    ]


def test_representation_is_short():
    assert repr(lk.trace(network(), X, Y, lk.MSELoss())) == "<Trace of 3 steps, loss 10>"


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_everything_prints_where_the_output_cannot_show_its_characters(encoding):
    code = (
        "import numpy as np, layerkit as lk\n"
        "inner = lk.Residual(lk.Dense(2, 2), lk.Sigmoid(), lk.Dropout(0.1))\n"
        "model = lk.Sequential(inner, lk.Dense(2, 2), lk.Softmax(), rng=0)\n"
        "trace = lk.trace(model, np.ones((20, 2)), np.ones(20, int), lk.CrossEntropyLoss())\n"
        "findings = trace.findings()\n"
        "assert findings\n"
        "times = lk.profile(model, np.ones((2, 2)), np.ones(2, int), lk.CrossEntropyLoss(), seconds=0.01)\n"
        "for thing in (trace, findings, findings[0], trace[1].forward, times, model.summary()):\n"
        "    print(thing)\n"
    )
    environment = os.environ | {"PYTHONIOENCODING": encoding}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr.decode()
    lines = done.stdout.decode(encoding).splitlines()
    assert "0  Residual" in lines
    head = next(line for line in lines if line.split() == ["shape", "norm", "zeros", "smallest", "largest"])
    numbers = [line for line in lines if "%" in line and line.startswith("    ")]
    assert {line.index("%") for line in numbers if len(line) == len(head)} == {head.index("zeros") + 4}
    assert len([line for line in numbers if len(line) == len(head)]) > 20
