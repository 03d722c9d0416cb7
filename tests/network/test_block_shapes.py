"""What blocks refuse: results that do not fit together, gradients of another shape, other numbers of inputs."""

import copy

import numpy as np
import pytest

import layerkit as lk
from layerkit.errors import ConfigError, ShapeError, StateError

JOINS = ["concatenate", "add", "multiply", "tuple"]


@pytest.mark.parametrize("join", JOINS)
def test_gradient_of_another_shape_is_refused(join):
    block = lk.Parallel(lk.Dense(3, 2), lk.Dense(3, 2), join=join, rng=0)
    y = block.forward(np.ones((4, 3)))
    with pytest.raises(StateError, match=r"Parallel\(.*no forward pass"):
        copy.deepcopy(block).backward(y)
    for wrong in (np.ones((4, 9)), np.ones((3, 2)), (np.ones((4, 2)),) * 3, (np.ones((4, 3)),) * 2):
        with pytest.raises(
            ShapeError, match=r"backward of Parallel\(.*\) takes a gradient of the shape of its last out"
        ):
            block.backward(wrong)


@pytest.mark.parametrize("join", ["add", "multiply"])
def test_results_are_never_broadcast(join):
    block = lk.Parallel(lk.Flatten(), lk.Dense(5, 1), join=join, rng=0)  # the size of Flatten is known at run time
    with pytest.raises(
        ShapeError, match=rf"a Parallel cannot {join} samples of shapes \(5,\) and \(1,\): the shapes must be equal"
    ):
        block.forward(np.ones((4, 5)))
    with pytest.raises(ShapeError, match=r"a Residual cannot add samples of shapes \(5, 1\) and \(5,\)"):
        lk.Residual(lk.Flatten()).forward(np.ones((4, 5, 1)))


def test_branches_of_unequal_lengths_are_refused_when_they_are_known():
    class Shorter(lk.Linear):
        input_shape = (None, 3)

        def forward(self, x, training=True):
            return x[:, 1:]

        def output_shape(self, shape):
            return (None, 3)

    block = lk.Parallel(Shorter(), lk.Dense(3, 2), rng=0)
    says = r"a Parallel cannot concatenate samples of shapes \(4, 3\) and \(5, 2\): all axes but the last must"
    with pytest.raises(ShapeError, match=says):
        block.forward(np.ones((2, 5, 3)))


@pytest.mark.parametrize(
    ("make", "error", "says"),
    [
        (
            lambda: lk.Parallel(lk.Dense(3, 2), lk.Dense(4, 2)),
            ShapeError,
            r"branch 1 of the Parallel: Dense\(4, 2\) takes 4",
        ),
        (
            lambda: lk.Parallel(lk.Dense(3, 2), lk.Dense(3, 4), join="add"),
            ShapeError,
            r"cannot add samples of shapes \(\.\.\., 2\) and \(\.\.\., 4\): the sh",
        ),
        (
            lambda: lk.Parallel(lk.ReLU(), join="sum"),
            ConfigError,
            "join must be one of 'concatenate', 'add', 'multiply', 't",
        ),
        (
            lambda: lk.Parallel(lk.ReLU(), inputs="shared"),
            ConfigError,
            "inputs must be one of 'same', 'each', got 'shared'",
        ),
        (
            lambda: lk.Residual(lk.Dense(4, 6)),
            ShapeError,
            r"a Residual cannot add samples of shapes \(\.\.\., 4\) and \(\.\.\., 6\)",
        ),
    ],
)
def test_what_cannot_be_composed_is_refused(make, error, says):
    with pytest.raises(error, match=says):
        make()


def test_samples_without_axes_have_nothing_to_concatenate_along():
    class Number(lk.Linear):
        input_shape = ()

    with pytest.raises(ShapeError, match=r"cannot concatenate samples of shapes \(\) and \(\)"):
        lk.Parallel(Number(), Number())
    assert lk.Parallel(Number(), Number(), join="add").forward(np.ones(3)).shape == (3,)


@pytest.mark.parametrize(
    ("branches", "shape", "expected"),
    [
        ((lk.ReLU(), lk.Tanh()), None, (..., None)),
        ((lk.ReLU(), lk.Tanh()), (2, 3), (2, 6)),
        ((lk.ReLU(), lk.Dense(3, 2)), None, (..., 5)),
        ((lk.Flatten(), lk.Flatten()), None, (None,)),
        ((lk.Dense(3, 2), lk.Dense(3, 4)), (None, 3), (None, 6)),
    ],
)
def test_shape_of_a_concatenation_is_known_as_far_as_its_parts_are(branches, shape, expected):
    assert lk.Parallel(*copy.deepcopy(branches)).output_shape(shape) == expected


def test_number_of_inputs_is_checked():
    block = lk.Parallel(lk.Dense(3, 2), lk.Dense(4, 2), inputs="each", rng=0)
    x = np.ones((2, 3)), np.ones((2, 4))
    assert block.forward(x).shape == (2, 4)
    for wrong in (x[0], x[:1], (*x, x[0])):
        with pytest.raises(ShapeError, match="x must be a tuple of 2 arrays"):
            block.forward(wrong)
    with pytest.raises(ShapeError, match="equally many rows"):
        block.forward((x[0], np.ones((3, 4))))
    with pytest.raises(ShapeError, match=r"branch 0 of the Parallel: Dense\(3, 2\) takes 3 features, got 4"):
        block.forward(x[::-1])
