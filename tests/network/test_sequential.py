"""Sequential: one vector, one order, and only what was asked for."""

import numpy as np
import pytest

import layerkit as lk
from layerkit.errors import ConfigError, DTypeError, ShapeError, StateError

X = np.random.default_rng(0).normal(size=(6, 4)).astype(np.float32)


def network(**options):
    return lk.Sequential(lk.Dense(4, 5), lk.ReLU(), lk.Dense(5, 2), lk.Tanh(), **{"rng": 0, **options})


class Spy(lk.Dense):
    """A Dense that counts how often the gradient of its input is asked for."""

    def __init__(self, *sizes, **options):
        super().__init__(*sizes, **options)
        self.input_grads = 0

    def backward(self, grad, out=None):
        self.input_grads += 1
        return super().backward(grad, out)


def test_all_parameters_lie_in_one_contiguous_vector_in_order():
    model = network()
    first, second = model[0], model[2]
    expected = [first.weight.value.ravel(), first.bias.value, second.weight.value.ravel(), second.bias.value]
    np.testing.assert_array_equal(model.parameter_vector, np.concatenate(expected))
    for vector in (model.parameter_vector, model.gradient_vector):
        assert vector.flags.c_contiguous
        assert vector.shape == (4 * 5 + 5 + 5 * 2 + 2,)


def test_layers_hold_views_of_the_vectors():
    model = network()
    model.parameter_vector[:] = np.arange(37)
    model.gradient_vector[:] = -np.arange(37)
    np.testing.assert_array_equal(model[0].weight.value, np.arange(20).reshape(4, 5))
    np.testing.assert_array_equal(model[2].bias.grad, [-35, -36])
    model[2].bias.value = [1, 2]
    np.testing.assert_array_equal(model.parameter_vector[-2:], [1, 2])


def test_backward_fills_the_gradient_vector_anew_each_time():
    model = network()
    y = model.forward(X)
    model.backward(np.ones_like(y))
    once = model.gradient_vector.copy()
    assert once.any()
    model.gradient_vector[:] = np.nan
    model.backward(np.ones_like(y))
    np.testing.assert_array_equal(model.gradient_vector, once)


def test_network_without_parameters_works_and_has_empty_vectors():
    model = lk.Sequential(lk.ReLU(), lk.Tanh())
    np.testing.assert_allclose(model.forward(X), np.tanh(np.maximum(X, 0)), rtol=1e-6)
    assert model.backward(np.ones_like(X)).shape == X.shape
    assert model.backward(np.ones_like(X), input_grad=False) is None
    assert model.parameter_vector.shape == model.gradient_vector.shape == (0,)
    lk.SGD(model).step()


@pytest.mark.parametrize("call", ["forward", "predict"])
def test_wrong_input_is_refused_and_changes_nothing(call):
    model = network()
    model.backward(np.ones_like(model.forward(X)))
    values, grads = model.parameter_vector.copy(), model.gradient_vector.copy()
    for wrong, error, says in [
        (
            np.ones((6, 3)),
            ShapeError,
            r"layer 0 of the Sequential: Dense\(4, 5\) takes 4 features, got 3 features\. Give",
        ),
        (np.ones((6, 4, 4)), ShapeError, r"takes 4 features, got samples of shape \(4, 4\)\. Put a Flatten\(\) before"),
        (np.ones(4), ShapeError, r"takes 4 features.*for a single sample, use x\[None, :\]"),
        (3.0, ShapeError, "takes a batch, with the samples along axis 0, got one number"),
        (np.ones((6, 4), complex), DTypeError, "X must hold real numbers, got dtype complex128"),
        (np.full((6, 4), "a"), DTypeError, "X must hold real numbers, got dtype <U1"),
        (np.full((6, 4), None), DTypeError, "X must hold real numbers, got dtype object"),
        ([[1.0], [1.0, 2.0]], DTypeError, "X must be a rectangular array"),
    ]:
        with pytest.raises(error, match=says):
            getattr(model, call)(wrong)
    np.testing.assert_array_equal(model.parameter_vector, values)
    np.testing.assert_array_equal(model.gradient_vector, grads)
    model.backward(np.ones((6, 2)))  # the last good pass is still there
    np.testing.assert_array_equal(model.gradient_vector, grads)


@pytest.mark.parametrize("call", ["forward", "predict"])
def test_one_number_is_no_batch_even_where_any_shape_will_do(call):
    with pytest.raises(ShapeError, match=r"the Sequential of 1 layers that starts with ReLU\(\) takes a batch"):
        getattr(lk.Sequential(lk.ReLU()), call)(3.0)


def test_wrong_gradient_is_refused_and_changes_nothing():
    model = network()
    model.backward(np.ones_like(model.forward(X)))
    grads = model.gradient_vector.copy()
    for input_grad in (True, False):
        with pytest.raises(
            ShapeError,
            match=r"backward of the Sequential of 4 layers that starts with Dense\(4, 5\) takes a gradient of the "
            r"shape of its last output, \(6, 2\), got \(6, 1\)",
        ):
            model.backward(np.ones((6, 1)), input_grad=input_grad)
    np.testing.assert_array_equal(model.gradient_vector, grads)


def test_backward_before_forward_names_the_network():
    with pytest.raises(StateError, match=r"Sequential\( Dense\(4, 5\), .*no forward pass to go back through"):
        network().backward(np.ones((6, 2)))


@pytest.mark.parametrize("batch_size", [0, -1, 2.5, True])
def test_wrong_batch_size_is_refused(batch_size):
    with pytest.raises(ConfigError, match="batch_size must be an integer of at least 1, got"):
        network().predict(X, batch_size=batch_size)


def test_samples_of_several_axes_go_through_flatten():
    model = lk.Sequential(lk.Flatten(), lk.Dense(6, 2), rng=0)
    x = np.random.default_rng(0).normal(size=(5, 2, 3)).astype(np.float32)
    np.testing.assert_array_equal(model.forward(x), model.forward(x.reshape(5, 6)))
    model.forward(x)
    assert model.backward(np.ones((5, 2))).shape == (5, 2, 3)


def test_without_input_grad_the_first_layer_does_not_compute_it():
    model = lk.Sequential(Spy(4, 5, rng=0), lk.ReLU(), Spy(5, 2, rng=1))
    y = model.forward(X)
    model.backward(np.ones_like(y))
    expected = model.gradient_vector.copy()
    assert [model[0].input_grads, model[2].input_grads] == [1, 1]
    model.gradient_vector[:] = np.nan
    assert model.backward(np.ones_like(y), input_grad=False) is None
    assert [model[0].input_grads, model[2].input_grads] == [1, 2]
    np.testing.assert_array_equal(model.gradient_vector, expected)


def test_without_input_grad_the_pass_ends_at_the_first_layer_that_learns():
    class Closed(lk.ReLU):
        def backward(self, grad, out=None):
            raise AssertionError("nobody needs this gradient")

    inner = lk.Sequential(Closed(), Spy(4, 4, rng=0), rng=0)
    model = lk.Sequential(Closed(), inner, lk.Dense(4, 2), rng=0)
    model.backward(np.ones_like(model.forward(X)), input_grad=False)
    assert inner[1].input_grads == 0
    assert model.gradient_vector.any()


def test_predict_is_forward_without_training():
    model = lk.Sequential(lk.Dense(4, 8), lk.Dropout(0.5), lk.Dense(8, 2), rng=0)
    np.testing.assert_array_equal(model.predict(X), model.forward(X, training=False))
    assert (model.forward(X) != model.predict(X)).any()


def test_predict_in_chunks_gives_every_row_its_result():
    model = network(dtype=np.float64)
    x = np.random.default_rng(0).normal(size=(50_000, 4))  # several chunks of the size that predict chooses itself
    expected = np.tanh(np.maximum(x @ model[0].weight.value, 0) @ model[2].weight.value)
    np.testing.assert_allclose(model.predict(x), expected, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(model.predict(x[:7], batch_size=3), expected[:7], rtol=1e-12, atol=1e-14)
    assert model.predict(x[:0]).shape == (0, 2)


def test_config_names_classes_arguments_and_dtype():
    config = lk.Sequential(lk.Dense(2, 3, rng=0), lk.LeakyReLU(0.2), dtype=np.float64).config()
    assert config["dtype"] == "float64"
    assert config["layers"][1] == {
        "class": "layerkit.activations.leaky_relu:LeakyReLU",
        "config": {"negative_slope": 0.2},
    }
    assert config["layers"][0]["config"]["in_features"] == 2


def test_repr_shows_the_layers_line_by_line():
    assert repr(lk.Sequential(lk.Dense(2, 3), lk.Sequential(lk.ReLU()))) == (
        "Sequential(\n    Dense(2, 3),\n    Sequential(\n        ReLU(),\n    ),\n)"
    )


def test_slice_with_all_parameters_leaves_the_vectors_where_they_are():
    model = lk.Sequential(lk.Dense(3, 4), lk.ReLU(), rng=0)
    values, grads = model.parameter_vector, model.gradient_vector
    assert np.shares_memory(model[:1].parameter_vector, values)
    assert model.parameter_vector is values
    model.forward(np.ones((2, 3)))
    model.backward(np.ones((2, 4)))
    assert grads.any()


@pytest.mark.parametrize("rows", [2, 100_000])
def test_prediction_refuses_a_layer_that_breaks_its_promise(rows):
    class Widens(lk.Linear):
        def forward(self, x, training=True, out=None):
            return x * np.float64(2)

    class Cuts(lk.Linear):
        def forward(self, x, training=True, out=None):
            return x[:, :1]

    for wrong, got in ((Widens(), r"float64 samples of shape \(4,\)"), (Cuts(), r"float32 samples of shape \(1,\)")):
        model = lk.Sequential(lk.Dense(3, 4), wrong, rng=0)
        with pytest.raises(lk.errors.PluginError, match=f"layer 1 of the Sequential, .* but returned {got}"):
            model.predict(np.zeros((rows, 3)))
