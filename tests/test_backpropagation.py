"""The equations of the chain-rule page, one by one, against numbers worked out by hand or by loops in this file."""

from itertools import pairwise

import numpy as np
import pytest

import layerkit as lk


def dense(weight, bias, dtype=np.float64):
    """Return a Dense layer with these values."""
    weight = np.asarray(weight, dtype)
    layer = lk.Dense(*weight.shape).astype(dtype)
    layer.weight.value, layer.bias.value = weight, bias
    return layer


def network(*layers):
    return lk.Sequential(*layers, dtype=np.float64)


def by_loops(weights, biases, x, y):
    """Return prediction, dW and db of a network of Dense layers, in plain loops over samples and units.

    The input of layer 0 is x, also where it is the only layer.
    """
    batch, depth = len(x), len(weights)
    dw = [np.zeros_like(w) for w in weights]
    db = [np.zeros_like(b) for b in biases]
    predictions = []
    for sample, target in zip(x, y, strict=True):
        inputs, zs = [list(sample)], []
        for layer, (w, b) in enumerate(zip(weights, biases, strict=True)):
            z = [sum(inputs[-1][i] * w[i, j] for i in range(w.shape[0])) + b[j] for j in range(w.shape[1])]
            zs.append(z)
            inputs.append(z if layer == depth - 1 else [max(value, 0.0) for value in z])
        predictions.append(inputs[-1])
        delta = [(a - t) / batch for a, t in zip(inputs[-1], target, strict=True)]
        for layer in reversed(range(depth)):
            w = weights[layer]
            for j, error in enumerate(delta):
                db[layer][j] += error
                for i in range(w.shape[0]):
                    dw[layer][i, j] += inputs[layer][i] * error
            if layer:
                delta = [
                    sum(w[i, j] * delta[j] for j in range(w.shape[1])) * (1.0 if zs[layer - 1][i] > 0 else 0.0)
                    for i in range(w.shape[0])
                ]
    return np.array(predictions), dw, db


def random_problem(sizes, batch, seed=0):
    rng = np.random.default_rng(seed)
    weights = [rng.normal(size=pair) for pair in pairwise(sizes)]
    biases = [rng.normal(size=size) for size in sizes[1:]]
    layers = []
    for w, b in zip(weights, biases, strict=True):
        layers += [dense(w, b), lk.ReLU()]
    model = network(*layers[:-1], lk.Linear())
    return model, weights, biases, rng.normal(size=(batch, sizes[0])), rng.normal(size=(batch, sizes[-1]))


def assert_gradients(model, dw, db):
    affine = [layer for layer in model if isinstance(layer, lk.Dense)]
    for layer, weight_grad, bias_grad in zip(affine, dw, db, strict=True):
        np.testing.assert_allclose(layer.weight.grad, weight_grad, rtol=1e-12, atol=1e-14)
        np.testing.assert_allclose(layer.bias.grad, bias_grad, rtol=1e-12, atol=1e-14)


def test_chain_rule_multiplies_loss_activation_and_input():
    """∂C/∂w = ∂C/∂a · ∂a/∂z · ∂z/∂w. A lost factor would change the product.

    One neuron: w = 2, b = -1, a_prev = 1.5, so z = 2 and a = max(z, 0) = 2; C = (a - 3)². Then
    ∂C/∂a = -2, ∂a/∂z = 1, ∂z/∂w = 1.5.
    """
    model, loss = network(dense([[2.0]], [-1.0]), lk.ReLU()), lk.MSELoss()
    assert loss.forward(model.forward(np.array([[1.5]])), np.array([[3.0]])) == 1.0
    model.backward(loss.backward())
    assert model[0].weight.grad[0, 0] == -2.0 * 1.0 * 1.5


def test_weighted_input_is_w_times_a_plus_b():
    """Z = w · a_prev + b. A bias left out or subtracted would show."""
    assert dense([[2.0]], [-1.0]).forward(np.array([[1.5]]))[0, 0] == 2.0


def test_forward_pass_weights_then_activates():
    """Z = W a + b, then a = σ(z), layer by layer. A transposed W or a missed σ would show.

    x = (1, 2): z¹ = (1·1 + 2·0 + 0, 1·(-1) + 2·(-1) + 1) = (1, -2), a¹ = (1, 0), z² = 3·1 + 4·0 + 0.5.
    """
    model = network(dense([[1.0, -1.0], [0.0, -1.0]], [0.0, 1.0]), lk.ReLU(), dense([[3.0], [4.0]], [0.5]))
    x = np.array([[1.0, 2.0]])
    np.testing.assert_array_equal(model[0].forward(x), [[1.0, -2.0]])
    np.testing.assert_array_equal(model.forward(x), [[3.5]])


def test_loss_is_the_mean_of_the_squares():
    """C = 1/n Σ (y_pred - y_true)². A sum, or a half too many, would show: (4 + 0 + 1 + 9)/4."""
    value = lk.MSELoss().forward(np.array([[3.0, 1.0], [0.0, 2.0]]), np.array([[1.0, 1.0], [1.0, 5.0]]))
    assert value == 3.5


def test_output_error_with_the_factor_two():
    """Δ = 2(a - y)/n; n counts all elements."""
    loss = lk.MSELoss()
    loss.forward(np.array([[3.0, 1.0], [0.0, 2.0]]), np.array([[1.0, 1.0], [1.0, 5.0]]))
    np.testing.assert_array_equal(loss.backward(), [[1.0, 0.0], [-0.5, -1.5]])


def test_output_error_in_the_simplified_scaling():
    """δ = (a - y)/batch_size, here the gradient of a loss of its own, Σ (a - y)²/(2 batch_size).

    With one output it is half of the other scaling; with two, batch_size still counts rows, not elements.
    """
    loss = lk.MSELoss(reduction="half")
    assert loss.forward(np.array([[3.0], [1.0], [0.0], [2.0]]), np.array([[1.0], [1.0], [1.0], [5.0]])) == 14 / 8
    np.testing.assert_array_equal(loss.backward(), [[0.5], [0.0], [-0.25], [-0.75]])
    assert loss.forward(np.array([[3.0, 1.0]]), np.array([[1.0, 2.0]])) == 5 / 2
    np.testing.assert_array_equal(loss.backward(), [[2.0, -1.0]])


def test_linear_output_passes_the_error_on():
    """Behind a linear output, ∂a/∂z = 1, so that δ is ∂C/∂a itself."""
    linear = lk.Linear()
    linear.forward(np.array([[0.3, -2.0]]))
    np.testing.assert_array_equal(linear.backward(np.array([[1.5, -0.5]])), [[1.5, -0.5]])


def test_hidden_error_goes_back_through_the_transpose():
    """Δ = (W^T δ_next) ∘ σ'(z). W in place of its transpose, or σ' forgotten, would show.

     z = (1, -2), δ_next = (2, -1), W_next = ((1, 2), (3, 4)), so δ W^T = (1·2 + 2·(-1), 3·2 + 4·(-1)) = (0, 2)
    . The mask σ'(z) is (1, 0), (1, 1) and (0, 1).
    """
    relu, following = lk.ReLU(), dense([[1.0, 2.0], [3.0, 4.0]], [0.0, 0.0])
    for z, expected in (([[1.0, -2.0]], [[0.0, 0.0]]), ([[1.0, 2.0]], [[0.0, 2.0]]), ([[-1.0, 2.0]], [[0.0, 2.0]])):
        following.forward(relu.forward(np.array(z)))
        np.testing.assert_array_equal(relu.backward(following.backward(np.array([[2.0, -1.0]]))), expected)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_relu_slope_at_exactly_zero_is_zero(dtype):
    """Σ'(z) = 1 if z > 0, 0 if z ≤ 0. A ≥ in place of > would let the error at z = 0 through."""
    relu = lk.ReLU()
    relu.forward(np.array([[-1.0, -0.0, 0.0, np.finfo(dtype).tiny, 1.0]], dtype))
    np.testing.assert_array_equal(relu.backward(np.full((1, 5), 7.0, dtype)), [[0.0, 0.0, 0.0, 7.0, 7.0]])


def test_unit_whose_weighted_input_is_zero_learns_nothing():
    """W = 0 and b = 0 leave every hidden z at exactly 0."""
    model, loss = network(dense(np.zeros((2, 2)), [0.0, 0.0]), lk.ReLU(), dense([[1.0], [1.0]], [0.0])), lk.MSELoss()
    loss.forward(model.forward(np.array([[1.0, 2.0]])), np.array([[5.0]]))
    model.backward(loss.backward())
    assert not model[0].weight.grad.any()
    assert not model[0].bias.grad.any()
    assert model[2].bias.grad[0] == -10.0


def test_gradient_of_one_sample_is_an_outer_product():
    """∂C/∂W = a δ^T, ∂C/∂b = δ."""
    layer = dense(np.zeros((2, 3)), np.zeros(3))
    layer.forward(np.array([[2.0, -1.0]]))
    layer.backward(np.array([[1.0, 0.0, -3.0]]))
    np.testing.assert_array_equal(layer.weight.grad, [[2.0, 0.0, -6.0], [-1.0, 0.0, 3.0]])
    np.testing.assert_array_equal(layer.bias.grad, [1.0, 0.0, -3.0])


def test_batch_form_sums_over_the_batch():
    """∂C/∂W = a^T δ, ∂C/∂b = Σ δ. A mean over the batch would be half of it."""
    layer = dense(np.zeros((2, 1)), np.zeros(1))
    layer.forward(np.array([[1.0, 2.0], [3.0, 4.0]]))
    layer.backward(np.array([[10.0], [100.0]]))
    np.testing.assert_array_equal(layer.weight.grad, [[310.0], [420.0]])
    np.testing.assert_array_equal(layer.bias.grad, [110.0])


@pytest.fixture
def small():
    """Return the network of the five steps: 1-2-1, ReLU, every number below worked out by hand.

    z¹ = (2, -2) for x = 2 and (4, -4) for x = 4; a¹ = (2, 0), (4, 0); a² = 3·a¹₁ + 1 = 7, 13; y = 5, 9.
    """
    model = network(dense([[1.0, -1.0]], [0.0, 0.0]), lk.ReLU(), dense([[3.0], [2.0]], [1.0]))
    return model, np.array([[2.0], [4.0]]), np.array([[5.0], [9.0]])


def test_forward_pass(small):
    """Activations for each layer."""
    model, x, _ = small
    np.testing.assert_array_equal(model.forward(x), [[7.0], [13.0]])


def test_output_error(small):
    """δ = (a - y)/batch_size = (2/2, 4/2)."""
    model, x, y = small
    loss = lk.MSELoss(reduction="half")
    loss.forward(model.forward(x), y)
    np.testing.assert_array_equal(loss.backward(), [[1.0], [2.0]])


def test_backward_pass(small):
    """The error at the input, through both layers: δ·3·[z > 0]·1, the second unit being off."""
    model, x, _ = small
    model.forward(x)
    np.testing.assert_array_equal(model.backward(np.array([[1.0], [2.0]])), [[3.0], [6.0]])


def test_gradient_calculation(small):
    """DW² = (2·1 + 4·2, 0), db² = 3; dW¹ = (2·3 + 4·6, 0), db¹ = (9, 0)."""
    model, x, _ = small
    model.forward(x)
    model.backward(np.array([[1.0], [2.0]]), input_grad=False)
    np.testing.assert_array_equal(model[2].weight.grad, [[10.0], [0.0]])
    np.testing.assert_array_equal(model[2].bias.grad, [3.0])
    np.testing.assert_array_equal(model[0].weight.grad, [[30.0, 0.0]])
    np.testing.assert_array_equal(model[0].bias.grad, [9.0, 0.0])


def test_parameter_update(small):
    """Every parameter minus α = 0.1 times its gradient."""
    model, x, _ = small
    model.forward(x)
    model.backward(np.array([[1.0], [2.0]]), input_grad=False)
    lk.SGD(model, learning_rate=0.1).step()
    np.testing.assert_allclose(model[0].weight.value, [[1.0 - 3.0, -1.0]])
    np.testing.assert_allclose(model[0].bias.value, [-0.9, 0.0])
    np.testing.assert_allclose(model[2].weight.value, [[2.0], [2.0]])
    np.testing.assert_allclose(model[2].bias.value, [0.7])


@pytest.mark.parametrize("sizes", [(3, 1), (3, 4, 2), (2, 5, 4, 1)], ids=str)
@pytest.mark.parametrize("batch", [1, 7])
def test_plain_loops_give_the_same_gradients(sizes, batch):
    """The whole backward pass, for one to three layers and for a batch of one."""
    model, weights, biases, x, y = random_problem(sizes, batch)
    loss = lk.MSELoss(reduction="half")
    prediction, dw, db = by_loops(weights, biases, x, y)
    np.testing.assert_allclose(model.forward(x), prediction, rtol=1e-12, atol=1e-14)
    loss.forward(model.forward(x), y)
    model.backward(loss.backward(), input_grad=False)
    assert_gradients(model, dw, db)


def test_single_layer_takes_the_sample_as_its_input():
    """The input of the only layer is x, not its output.

    w = 2, b = 0, x = (1, 3), y = (0, 0): a = (2, 6), δ = (1, 3), dW = 1·1 + 3·3 = 10, not 20 as with the output.
    """
    model, loss = network(dense([[2.0]], [0.0])), lk.MSELoss(reduction="half")
    loss.forward(model.forward(np.array([[1.0], [3.0]])), np.zeros((2, 1)))
    model.backward(loss.backward(), input_grad=False)
    assert model[0].weight.grad[0, 0] == 10.0
    assert model[0].bias.grad[0] == 4.0


def test_last_batch_is_divided_by_its_own_size():
    """Batch_size = X.shape[0]. A full batch's size, or its leftover rows, would show in the last one."""
    model, weights, biases, x, y = random_problem((2, 3, 1), 7)
    loss = lk.MSELoss(reduction="half")
    for rows in (slice(0, 4), slice(4, 7), slice(0, 4)):
        loss.forward(model.forward(x[rows]), y[rows])
        model.backward(loss.backward(), input_grad=False)
        _, dw, db = by_loops(weights, biases, x[rows], y[rows])
        assert_gradients(model, dw, db)


def test_update_rule():
    """W ← W - α ∂C/∂W and b ← b - α ∂C/∂b; α may change between steps."""
    model = network(dense([[1.0, 2.0]], [3.0, 4.0]))
    model[0].weight.grad, model[0].bias.grad = [[10.0, -20.0]], [0.0, 40.0]
    optimizer = lk.SGD(model, learning_rate=0.1)
    optimizer.step()
    np.testing.assert_allclose(model[0].weight.value, [[0.0, 4.0]], atol=1e-15)
    np.testing.assert_allclose(model[0].bias.value, [3.0, 0.0], atol=1e-15)
    optimizer.learning_rate = 0.01
    optimizer.step()
    np.testing.assert_allclose(model[0].weight.value, [[-0.1, 4.2]])
    np.testing.assert_allclose(model[0].bias.value, [3.0, -0.4])
