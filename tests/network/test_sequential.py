"""Sequential: one vector, one order, and only what was asked for."""

import numpy as np
import pytest

import layerkit as lk
from layerkit.errors import ConfigError, DTypeError, ShapeError, StateError

X = np.random.default_rng(0).normal(size=(6, 4)).astype(np.float32)


def network(**options):
    return lk.Sequential(lk.Dense(4, 5), lk.ReLU(), lk.Dense(5, 2), lk.Tanh(), **{"rng": 0, **options})


class Spy(lk.Dense):
    """A Dense that remembers whether the gradient of its input was asked for."""

    def __init__(self, in_features, out_features):
        super().__init__(in_features, out_features)
        self.asked = []

    def backward(self, grad, input_grad=True):
        self.asked.append(input_grad)
        return super().backward(grad, input_grad)


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
            r"layer 0 of the Sequential: Dense\(4, 5\) takes 4 features, got 3\. Give it 4, or",
        ),
        (
            np.ones((6, 2, 2)),
            ShapeError,
            r"takes 4 features, got samples of shape \(2, 2\)\. Put a Flatten\(\) before it",
        ),
        (np.ones(4), ShapeError, r"takes 4 features.*for one sample, pass x\[None\]"),
        ((X, X), ShapeError, r"takes 4 features, got samples of shape \(\(4,\), \(4,\)\)"),
        (
            np.ones((6, 4), complex),
            DTypeError,
            "x must hold real numbers, got dtype complex128. Pass its real and imag",
        ),
        (
            np.full((6, 4), "a"),
            DTypeError,
            "x must hold real numbers, got dtype <U1. Encode each column i of categories",
        ),
        (
            np.full((6, 4), "1"),
            DTypeError,
            r"x must hold real numbers, got dtype <U1. Convert it first: np.asarray\(x\)",
        ),
        (np.full((6, 4), None), DTypeError, "x must hold real numbers, got dtype object"),
        ([[1.0], [1.0, 2.0]], DTypeError, "x must be a rectangular array"),
    ]:
        with pytest.raises(error, match=says):
            getattr(model, call)(wrong)
    np.testing.assert_array_equal(model.parameter_vector, values)
    np.testing.assert_array_equal(model.gradient_vector, grads)
    model.backward(np.ones((6, 2)))  # the last good pass is still there
    np.testing.assert_array_equal(model.gradient_vector, grads)


@pytest.mark.parametrize("call", ["forward", "predict"])
def test_one_number_is_no_batch_even_where_any_shape_will_do(call):
    with pytest.raises(ShapeError, match=r"takes a batch, .*, got a single number|equally many rows, at least one"):
        getattr(lk.Sequential(lk.ReLU()), call)(3.0)


def test_wrong_gradient_is_refused_and_changes_nothing():
    model = network()
    model.backward(np.ones_like(model.forward(X)))
    grads = model.gradient_vector.copy()
    for input_grad in (True, False):
        with pytest.raises(
            ShapeError,
            match=r"backward of Sequential\(.*\) takes a gradient of .* its last output, \(6, 2\), got \(6, 1\)",
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
    model = lk.Sequential(Spy(4, 5), lk.ReLU(), Spy(5, 2), rng=0)
    y = model.forward(X)
    assert model.backward(np.ones_like(y)).shape == X.shape
    expected = model.gradient_vector.copy()
    model.gradient_vector[:] = np.nan
    assert model.backward(np.ones_like(y), input_grad=False) is None
    assert [model[0].asked, model[2].asked] == [[True, False], [True, True]]
    np.testing.assert_array_equal(model.gradient_vector, expected)


def test_without_input_grad_the_pass_ends_at_the_first_layer_that_learns():
    class Closed(lk.ReLU):
        def backward(self, grad, input_grad=True):
            raise AssertionError("nobody needs this gradient")

    inner = lk.Sequential(Closed(), Spy(4, 4))
    model = lk.Sequential(Closed(), inner, lk.Dense(4, 2), rng=0)
    model.backward(np.ones_like(model.forward(X)), input_grad=False)
    assert inner[1].asked == [False]
    assert model.gradient_vector.any()


def test_gradient_of_any_real_dtype_takes_that_of_the_network():
    model = network()
    y = model.forward(X)
    expected = model.backward(np.ones_like(y))
    for grad in (np.ones(y.shape), np.ones(y.shape, int), np.ones(y.shape).tolist()):
        result = model.backward(grad)
        assert result.dtype == np.float32
        np.testing.assert_array_equal(result, expected)
    with pytest.raises(DTypeError, match="grad must hold real numbers, got dtype complex128"):
        model.backward(np.full(y.shape, 1j))


def test_loss_in_place_of_its_gradient_is_refused_with_what_to_pass():
    model = network()
    model.forward(X)
    with pytest.raises(
        DTypeError, match=r"grad must be an array, got MSELoss\(\)\. Pass what its backward\(\) returns"
    ):
        model.backward(lk.MSELoss())


def test_predict_is_forward_without_training():
    model = lk.Sequential(lk.Dense(4, 8), lk.Dropout(0.5), lk.Dense(8, 2), rng=0)
    np.testing.assert_array_equal(model.predict(X), model.forward(X, training=False))
    assert (model.forward(X) != model.predict(X)).any()


def test_predict_in_chunks_gives_every_row_its_result():
    model = network(dtype=np.float64)
    x = np.random.default_rng(0).normal(size=(10_000, 4))  # several chunks of the size that predict chooses itself
    expected = np.tanh(np.maximum(x @ model[0].weight.value, 0) @ model[2].weight.value)
    np.testing.assert_allclose(model.predict(x), expected, rtol=1e-12, atol=1e-14)
    for size in (1, 3, 7, 100, None, np.int64(2)):
        np.testing.assert_allclose(model.predict(x[:7], batch_size=size), expected[:7], rtol=1e-12, atol=1e-14)


def test_predict_of_no_samples_is_refused():
    with pytest.raises(ShapeError, match=r"equally many rows, at least one, got shapes \(0, 4\)"):
        network().predict(X[:0])


def test_prediction_is_a_new_array():
    for model in (lk.Sequential(lk.Linear()), lk.Sequential(lk.Flatten()), lk.Sequential(lk.Dropout(0.5))):
        for size in (None, 2, 6):
            y = model.predict(X, batch_size=size)
            np.testing.assert_array_equal(y, X)
            assert not np.shares_memory(y, X)


def test_predict_takes_and_returns_tuples():
    model = lk.Sequential(lk.Parallel(lk.Linear(), lk.Dense(4, 2), inputs="each", join="tuple"), rng=0)
    whole = model.predict((X, X))
    assert not np.shares_memory(whole[0], X)
    for found, expected in zip(model.predict((X, X), batch_size=4), whole, strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-6)
    with pytest.raises(ShapeError, match=r"equally many rows, at least one, got shapes \(6, 4\) and \(5, 4\)"):
        model.predict((X, X[:5]))


def test_repr_shows_the_layers_line_by_line():
    assert repr(lk.Sequential(lk.Dense(2, 3), lk.Sequential(lk.ReLU()))) == (
        "Sequential(\n    Dense(2, 3),\n    Sequential(\n        ReLU(),\n    ),\n)"
    )


def test_configuration_names_classes_and_arguments():
    config = lk.Sequential(lk.Dense(2, 3), lk.LeakyReLU(0.2), dtype=np.float64).to_config()
    assert (config["class"], config["dtype"]) == ("Sequential", "float64")
    assert config["layers"][1] == {"class": "leaky_relu", "negative_slope": 0.2}
    assert config["layers"][0]["in_features"] == 2


def test_slice_with_all_parameters_leaves_the_vectors_where_they_are():
    model = lk.Sequential(lk.Dense(3, 4), lk.ReLU(), rng=0)
    values, grads = model.parameter_vector, model.gradient_vector
    assert np.shares_memory(model[:1].parameter_vector, values)
    assert model.parameter_vector is values
    model.forward(np.ones((2, 3)))
    model.backward(np.ones((2, 4)))
    assert grads.any()


def test_wrong_input_in_the_middle_keeps_the_last_good_pass():
    model = lk.Sequential(lk.Flatten(), lk.Dense(6, 2), rng=0)
    y = model.forward(np.ones((4, 2, 3)))
    with pytest.raises(ShapeError, match="layer 1 of the Sequential"):
        model.forward(np.ones((4, 2, 2)))
    assert model.cache == [(4, 2, 3), (4, 6), y.shape]
