"""ReLU: the rectifier and its convention at 0."""

import numpy as np
import pytest

import layerkit as lk


def test_hand_computed_values_and_slopes():
    z = np.array([-2.0, -0.0, 0.0, 0.5, 3.0])
    np.testing.assert_array_equal(lk.ReLU().function(z), [0, 0, 0, 0.5, 3])
    np.testing.assert_array_equal(lk.ReLU().derivative(z), [0, 0, 0, 1, 1])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("offered", [True, False])
def test_gradient_is_masked_exactly_and_keeps_its_type(dtype, offered):
    relu = lk.ReLU()
    z = np.array([[-1.0, 0.0, 1e-30, 5.0]], dtype)
    relu.forward(z)
    grad = np.array([[3.0, 3.0, -3.0, 1e-30]], dtype)
    result = relu.backward(grad, np.empty_like(z) if offered else None)
    np.testing.assert_array_equal(result, np.array([[0, 0, -3, 1e-30]], dtype))
    assert result.dtype == dtype


def test_offer_is_taken():
    relu, z = lk.ReLU(), np.ones((2, 3), np.float32)
    out, back = np.empty_like(z), np.empty_like(z)
    assert relu.forward(z, out=out) is out
    assert relu.backward(z, out=back) is back


def test_gain_is_the_root_of_two():
    assert lk.ReLU().gain == 2**0.5


def test_gradient_of_another_batch_is_refused_even_with_memory_for_it():
    relu = lk.ReLU()
    relu.forward(np.ones((1, 3), np.float32))
    with pytest.raises(lk.errors.ShapeError, match=r"its last output, \(1, 3\), got \(5, 3\)"):
        relu.backward(np.ones((5, 3), np.float32), out=np.empty((5, 3), np.float32))


def test_view_of_the_gradient_as_memory_leaves_the_gradient_alone():
    relu, grad = lk.ReLU(), np.array([3.0, 4.0, 5.0], np.float32)
    relu.forward(np.array([1.0, -1.0, 2.0], np.float32))
    assert relu.backward(grad, out=grad[:]).tolist() == [3.0, 0.0, 5.0]
    assert grad.tolist() == [3.0, 4.0, 5.0]
