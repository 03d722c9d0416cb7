import copy

import numpy as np
import pytest
from paper import X, Y, network

import layerkit as lk
from layerkit.datasets import load_digits
from layerkit.errors import ConfigError, DataError, DTypeError, PluginError, ShapeError, StateError


def rows(trace):
    """Return every quantity of a trace by position and symbol; ``"loss"`` is where the loss is."""
    found = {("loss", quantity.symbol): quantity.array for quantity in trace.loss_backward}
    for step in trace.all_steps():
        for quantity in (*step.forward, *step.backward):
            assert (step.position, quantity.symbol) not in found
            found[step.position, quantity.symbol] = quantity.array
    return found


def test_numbers_are_those_of_the_equations_on_paper():
    trace = lk.trace(network(), X, Y, lk.MSELoss())
    by_hand = {
        ("0", "W"): [[1, -1], [1, 1]],
        ("0", "b"): [0, 1],
        ("0", "z"): [[3, 2], [2, -3]],
        ("1", "a"): [[3, 2], [2, 0]],
        ("2", "W"): [[2], [-1]],
        ("2", "b"): [1],
        ("2", "z"): [[5], [5]],
        ("loss", "∂C/∂a"): [[2], [-4]],  # 2 (a - y) / n
        ("2", "dW"): [[-2], [4]],  # aᵀ δ
        ("2", "db"): [-2],  # Σ δ
        ("2", "∂C/∂a"): [[4, -2], [-8, 4]],  # δ Wᵀ
        ("1", "δ"): [[4, -2], [-8, 0]],  # ∘ [z > 0]
        ("0", "dW"): [[-20, -2], [16, -4]],
        ("0", "db"): [-4, -2],
        ("0", "∂C/∂a"): [[6, 2], [-8, -8]],
    }
    found = rows(trace)
    assert found.keys() == by_hand.keys()
    for key, numbers in by_hand.items():
        np.testing.assert_array_equal(found[key], numbers, strict=False, err_msg=str(key))
    assert trace.value == 10
    np.testing.assert_array_equal(trace.prediction, [[5], [5]])
    np.testing.assert_array_equal(trace[1].input, trace[0].output)
    np.testing.assert_array_equal(trace[1].output_grad, trace[2].input_grad)
    np.testing.assert_array_equal(trace[0].input, X)


def test_half_is_the_simplified_error_of_the_source():
    trace = lk.trace(network(), X, Y, lk.MSELoss(reduction="half"))
    assert trace.value == 5
    (grad,) = trace.loss_backward
    assert grad.equation == "∂C/∂a = (a - y) / B"
    np.testing.assert_array_equal(grad.array, [[1], [-2]])


def test_statistics_are_those_of_the_array():
    z = lk.trace(network(), X, Y, lk.MSELoss())[1].forward[-1]
    assert (z.shape, z.zeros, z.smallest, z.largest) == ((2, 2), 0.25, 0, 3)
    assert z.norm == pytest.approx(17**0.5)  # 3² + 2² + 2²
    assert z.rms == pytest.approx((17 / 4) ** 0.5)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_passes_are_those_of_a_training_step(dtype):
    images, digits = load_digits()
    x, y = images[:50], digits[:50]

    def make():
        inner = lk.Sequential(lk.Dense(64, 32), lk.Tanh(), lk.Dropout(0.4))
        return lk.Sequential(inner, lk.Dense(32, 10), rng=0, dtype=dtype)

    model, loss = make(), lk.CrossEntropyLoss()
    traces = [lk.trace(model, x, y, loss) for _ in range(2)]
    value = loss.forward(model.forward(x), y)
    grad = model.backward(loss.backward())
    for trace in traces:
        assert trace.value == pytest.approx(value, rel=1e-6)
        assert [step.position for step in trace] == ["0.0", "0.1", "0.2", "1"]
        assert {step.output.dtype for step in trace} == {np.dtype(dtype)}
        np.testing.assert_allclose(trace[0].input_grad, grad, rtol=1e-5, atol=1e-7)
        kept = np.concatenate([p.grad.ravel() for step in trace for p in step.parameters.values()])
        np.testing.assert_allclose(kept, model.gradient_vector, rtol=1e-5, atol=1e-7)


def test_model_and_loss_are_left_as_they_were():
    x, y = np.random.default_rng(0).normal(size=(6, 4)), np.zeros((6, 2))

    def make():
        layers = lk.Dense(4, 8), lk.Dropout(0.5), lk.Sequential(lk.Tanh(), lk.Dense(8, 2), rng=4)
        return lk.Sequential(*layers, rng=3, dtype=np.float64), lk.MSELoss()

    results = []
    for traced in (False, True):
        model, loss = make()
        loss.forward(model.forward(x), y)
        model.gradient_vector[:] = 7
        if traced:
            before = copy.copy(model.parameter_vector), model.parameter_vector, model.gradient_vector
            lk.trace(model, 2 * x, y + 1, loss)
            lk.trace(model, x[:3], y[:3], loss)
            np.testing.assert_array_equal(model.parameter_vector, before[0])
            assert model.parameter_vector is before[1]
            assert model.gradient_vector is before[2]
            assert (model.gradient_vector == 7).all()
        # the backward pass that was waiting, and the masks that come next
        grad = model.backward(loss.backward())
        results.append((grad, model.gradient_vector.copy(), model.forward(x)))
    for without, with_trace in zip(*results, strict=True):
        assert without.tobytes() == with_trace.tobytes()


def test_tracing_is_no_forward_pass_of_the_model():
    model, loss = network(), lk.MSELoss()
    lk.trace(model, X, Y, loss)
    with pytest.raises(StateError, match="has no forward pass to go back through"):
        model.backward(Y)
    with pytest.raises(StateError, match="has no loss to go back from"):
        loss.backward()


def test_arrays_are_the_callers_own():
    model = lk.Sequential(lk.Flatten(), lk.Linear(), lk.Dense(4, 2), lk.Dropout(0.0), lk.Linear(), rng=0)
    x, y = np.ones((3, 2, 2), np.float32), np.ones((3, 2), np.float32)
    trace = lk.trace(model, x, y, lk.MSELoss())
    arrays = [trace.x, trace.y]
    for step in trace:
        arrays += [
            step.output,
            *(p.value for p in step.parameters.values()),
            *(p.grad for p in step.parameters.values()),
        ]
    arrays += [step.output_grad for step in trace] + [trace[0].input_grad]
    for i, array in enumerate(arrays):
        for other in (x, y, model.parameter_vector, model.gradient_vector, *arrays[:i]):
            assert not np.shares_memory(array, other)


def test_network_that_became_a_part_of_another_has_the_dtype_of_that_one():
    inner = lk.Sequential(lk.Dense(2, 2), rng=0)
    lk.Sequential(inner, lk.Dense(2, 1), rng=0, dtype=np.float64)
    assert lk.trace(inner, X, X, lk.MSELoss()).prediction.dtype == np.float64


class Doubled(lk.Layer):
    """x + f(x) + f(x), which calls f twice in each pass, or once with `times=1`."""

    def __init__(self, inner, times=2):
        self.inner, self.times = inner, times

    def forward(self, x, training=True):
        return x + sum(self.inner.forward(x, training) for _ in range(self.times))

    def backward(self, grad, input_grad=True):
        return grad + sum(self.inner.backward(grad) for _ in range(self.times))


def test_layer_that_calls_another_once_has_a_step_for_it_among_its_parts():
    trace = lk.trace(lk.Sequential(Doubled(network()[0], times=1)), X, X, lk.MSELoss(reduction="sum"))
    # x + z - x = z = [[3, 2], [2, -3]], twice that is ∂C/∂y, and db its sum over the rows
    assert trace.value == 26
    (step,) = trace
    assert [quantity.symbol for quantity in step.backward] == ["∂C/∂x"]
    (part,) = step.parts
    assert part.title == "0.inner  Dense(2, 2)"
    assert [quantity.symbol for quantity in part.backward] == ["dW", "db", "∂C/∂a"]
    np.testing.assert_array_equal(part.backward[1].array, [10, -2])
    np.testing.assert_array_equal(part.output_grad, [[6, 4], [4, -6]])


def test_layer_that_calls_another_twice_has_the_parameters_itself():
    trace = lk.trace(lk.Sequential(Doubled(network()[0])), X, 0 * X, lk.MSELoss(reduction="sum"))
    (step,) = trace
    assert step.parts == ()
    assert [quantity.symbol for quantity in step.forward] == ["inner.weight", "inner.bias", "y"]
    assert [quantity.symbol for quantity in step.backward] == ["∂C/∂inner.weight", "∂C/∂inner.bias", "∂C/∂x"]
    np.testing.assert_array_equal(step.output, X + 2 * np.array([[3, 2], [2, -3]]))


def branching():
    """Return a network with blocks: inside the Parallel, a plain network and a Residual."""
    inner = lk.Sequential(lk.Dense(4, 2), lk.Residual(lk.Dense(2, 2)))
    return lk.Sequential(lk.Dense(3, 4), lk.Residual(lk.Dense(4, 4), lk.Tanh()), lk.Parallel(lk.Linear(), inner), rng=0)


def test_blocks_are_steps_with_parts_that_end_before_them_in_both_passes():
    x = np.random.default_rng(0).normal(size=(5, 3))
    trace = lk.trace(branching(), x, np.zeros((5, 6)), lk.MSELoss())
    assert [step.position for step in trace] == ["0", "1", "2"]
    positions = ["0", "1.0", "1.1", "1", "2.0", "2.1.0", "2.1.1.0", "2.1.1", "2"]
    assert [step.position for step in trace.all_steps()] == positions
    positions = ["2.1.1.0", "2.1.1", "2.1.0", "2.0", "2", "1.1", "1.0", "1", "0"]
    assert [step.position for step in trace.all_steps(-1)] == positions
    steps = {step.position: step for step in trace.all_steps()}
    np.testing.assert_array_equal(steps["1"].output, steps["1"].input + steps["1.1"].output)
    np.testing.assert_array_equal(steps["1"].input_grad, steps["1"].output_grad + steps["1.0"].input_grad)
    np.testing.assert_array_equal(steps["2"].output, np.hstack([steps["2.0"].output, steps["2.1.1"].output]))
    np.testing.assert_array_equal(steps["2.0"].output_grad, steps["2"].output_grad[:, :4])


def test_blocks_compute_what_a_training_step_does():
    x = np.random.default_rng(0).normal(size=(5, 3))
    model, loss = branching(), lk.MSELoss()
    trace = lk.trace(model, x, np.zeros((5, 6)), loss)
    assert trace.value == loss.forward(model.forward(x), np.zeros((5, 6)))
    grad = model.backward(loss.backward())
    np.testing.assert_array_equal(trace[0].input_grad, grad)
    names = [(step, name) for step in trace.all_steps() for name in step.parameters]
    kept = {f"{step.position}.{name}": step.parameters[name].grad for step, name in names}
    theirs = {name: parameter.grad for name, parameter in model.named_parameters().items()}
    assert kept.keys() == theirs.keys()
    for name, array in theirs.items():
        np.testing.assert_array_equal(kept[name], array)


def test_several_inputs_and_outputs_are_traced_array_by_array():
    rng = np.random.default_rng(0)
    join = lk.Parallel(lk.Dense(3, 4), lk.Dense(5, 4), inputs="each", join="add")
    model = lk.Sequential(join, lk.Tanh(), lk.Parallel(lk.Dense(4, 2), lk.Dense(4, 1), join="tuple"), rng=0)
    x = rng.normal(size=(6, 3)), rng.normal(size=(6, 5))
    y = rng.integers(2, size=6), rng.normal(size=(6, 1))
    loss = lk.JointLoss(lk.CrossEntropyLoss(), lk.MSELoss(), weights=(1.0, 0.5))
    trace = lk.trace(model, x, y, loss)
    assert [quantity.symbol for quantity in trace.loss_backward] == ["∂C/∂a[0]", "∂C/∂a[1]"]
    assert [(quantity.symbol, quantity.shape) for quantity in trace[0].backward] == [
        ("∂C/∂x[0]", (6, 3)),
        ("∂C/∂x[1]", (6, 5)),
    ]
    assert [quantity.label for quantity in trace[2].forward] == [f"y[{i}] of y = (f0(x), f1(x))" for i in range(2)]
    assert trace.value == pytest.approx(loss.forward(model.forward(x), y))
    assert trace.findings() == ()
    text = str(trace)
    assert "\n    x[1] " in text
    assert "C = Σ λₖ Cₖ(aₖ, yₖ)  =  " in text


class Embedding(lk.Layer):
    """A row of the table for each index."""

    input_dtype = "integer"
    input_shape = ()

    def __init__(self, size, features):
        self.size, self.features = size, features
        self.table = lk.Parameter((size, features), lk.initializers.Normal(1.0))

    def output_shape(self, shape):
        return (*self.check_shape(shape), self.features)

    def forward(self, x, training=True):
        if training:
            self.cache = x
        return self.table.value[x]

    def backward(self, grad, input_grad=True):
        total = np.zeros_like(self.table.value)
        np.add.at(total, self.cache, grad)
        self.table.grad = total


def test_integers_have_no_gradient_and_no_row_for_one():
    model = lk.Sequential(Embedding(4, 3), lk.Dense(3, 1), rng=0)
    trace = lk.trace(model, np.array([0, 2, 2]), np.ones((3, 1)), lk.MSELoss())
    assert trace[0].input_grad is None
    assert trace.x.dtype.kind == "i"
    assert [quantity.symbol for quantity in trace[0].backward] == ["∂C/∂table"]
    assert np.flatnonzero(trace[0].parameters["table"].grad.any(axis=1)).tolist() == [0, 2]
    assert trace.findings() == ()


def test_quantity_is_shown_in_one_line():
    assert repr(lk.trace(network(), X, Y, lk.MSELoss())[0].forward[-1]) == "<Quantity z = a W + b, shape (2, 2)>"


@pytest.mark.parametrize(
    ("x", "y", "error", "message"),
    [
        (X[:, :1], Y, ShapeError, r"x: layer 0 of the Sequential: Dense\(2, 2\) takes 2 features, got 1\."),
        (
            X,
            Y[:1],
            ShapeError,
            r"x and y: all arrays must have equally many rows, at least one, got shapes \(2, 2\) and \(1, 1\)",
        ),
        (X, Y[:, 0], ShapeError, r"y: MSELoss takes a target of the shape of the prediction, \(2, 1\), got \(2,\)"),
        (X[:0], Y[:0], ShapeError, r"x and y: all arrays must have equally many rows, at least one"),
        (3.0, Y, ShapeError, r"x and y: all arrays must have equally many rows"),
        (X.astype(str), Y, DTypeError, r"x must hold real numbers, got dtype <U"),
        (X, Y.astype(object), DTypeError, r"y must hold real numbers, got dtype object"),
        (X * 1j, Y, DTypeError, r"x must hold real numbers, got dtype complex128"),
    ],
)
def test_wrong_data_are_refused_as_everywhere(x, y, error, message):
    with pytest.raises(error, match=message):
        lk.trace(network(), x, y, lk.MSELoss())


def test_wrong_arguments_are_refused():
    with pytest.raises(ConfigError, match=r"model must be an instance of Sequential, got Dense\(2, 2\)"):
        lk.trace(lk.Dense(2, 2), X, Y, lk.MSELoss())
    with pytest.raises(ConfigError, match=r"loss must be an instance of Loss, got <class"):
        lk.trace(network(), X, Y, lk.MSELoss)
    with pytest.raises(DataError, match=r"y: class indices must be from 0 to 0, got 4"):
        lk.trace(network(), X, np.array([4, 0]), lk.CrossEntropyLoss())


def test_layer_that_returns_another_shape_than_it_declares_is_named():
    class Wide(lk.Layer):
        def forward(self, x, training=True):
            return np.hstack([x, x])

        def backward(self, grad, input_grad=True):
            return grad[:, :2]

    model = lk.Sequential(network()[0], Wide())
    with pytest.raises(PluginError, match=r"layer 1, Wide\(\) .*must return .*\(2,\), .*returned \(4,\)"):
        lk.trace(model, X, np.hstack([X, X]), lk.MSELoss())
