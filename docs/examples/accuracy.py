r"""
Accuracy
========

.. currentmodule:: layerkit

A float32 number has 24 binary digits. Not every formula that is right on paper keeps them: some lose all of them, and
training continues with wrong gradients. This page shows where that happens, and how accurate layerkit's formulas are.

The unit in the last place
--------------------------

The gap between a float32 number and the next one is its unit in the last place, ULP. It grows with the number: from 1
it is :math:`2^{-23}`, about 1.2e-7, and from 1,024 it is 1,024 times that. Half a ULP is the smallest error that can be
had in general; at an error of :math:`2^{24}` ULP no digit is right.
"""

import matplotlib.pyplot as plt
import numpy as np

import layerkit as lk
from layerkit.testing import ulp_error

print(np.spacing(np.float32(1)), np.spacing(np.float32(1024)))

# %%
# The tail of tanh
# ----------------
#
# The derivative of tanh is usually computed from its output, which is available already:
#
# .. math:: f'(z) = 1 - a^2, \qquad a = \tanh(z)
#
# For large z, a is close to 1, and float32 numbers just below 1 are 6e-8 apart. So :math:`1 - a^2` comes in steps of
# 1.2e-7. Beyond \|z\| = 9, where the derivative is smaller than that, no digit is right, and a little farther out it
# is 0: a unit there has no gradient at all, however large its error. layerkit computes the derivative from :math:`e =
# e^{-2|z|}` without a subtraction:
#
# .. literalinclude:: /../layerkit/activations/tanh.py
#    :caption: layerkit/activations/tanh.py, Tanh.derivative
#    :pyobject: Tanh.derivative
#    :dedent: 4


def naive_tanh(z):
    """Return tanh′ as 1 - a²."""
    a = np.tanh(z)
    return 1 - a * a


def show(z, naive, derivative):
    """Print both forms in float32 beside the derivative in float64."""
    single = z.astype(np.float32)
    print("    z         naive      layerkit       float64")
    for row in zip(z, naive(single), derivative(single), derivative(z), strict=True):
        print("{:5g}  {:12.6g}  {:12.6g}  {:12.6g}".format(*row))


show(
    np.array([1.0, 3.0, 5.0, 7.0, 8.0, 9.0, 9.5, 20.0, 40.0]),
    naive_tanh,
    lk.Tanh().derivative,
)

# %%
# The tail of the sigmoid
# -----------------------
#
# The same happens to :math:`a (1 - a)`, on one side only: for negative z, a is small, and 1 - a loses nothing. Beyond
# z = 17, where the derivative is 4e-8, it is 0.


def naive_sigmoid(z):
    """Return σ′ as a (1 - a)."""
    a = 1 / (1 + np.exp(-z))
    return a * (1 - a)


show(
    np.array([-20.0, -5.0, 5.0, 10.0, 15.0, 16.0, 17.0, 18.0, 40.0]),
    naive_sigmoid,
    lk.Sigmoid().derivative,
)

# %%
# Other forms that fail
# ---------------------
#
# Softplus is :math:`\ln(1 + e^z)`. In this form it is infinite from z = 89 on, where :math:`e^z` overflows, and 0 below
# z = -17, where :math:`1 + e^z` rounds to 1. For negative z, ELU is :math:`e^z - 1`; close to 0 that is a difference of
# two numbers near 1.

z = np.array([-20.0, -1e-4, 100.0], np.float32)
with np.errstate(over="ignore"):
    print("softplus, naive:   ", np.log(1 + np.exp(z)))
print("softplus, layerkit:", lk.Softplus().function(z))
print("ELU, naive:        ", np.exp(z[:2]) - 1)
print("ELU, layerkit:     ", lk.ELU().function(z[:2]))

# %%
# The error along the axis
# ------------------------
#
# The naive forms lose more digits with every step to the right, until the error is as large as the derivative itself,
# about :math:`2^{24}` ULP. The error of layerkit's formulas does not grow:


def ulps(f, exact, z):
    """Return the error of f in float32, in ULP of the exact value."""
    expected = exact(z.astype(np.float64))
    unit = np.spacing(expected.astype(np.float32)).astype(np.float64)
    return np.abs(f(z) - expected) / unit


z = np.arange(-4, 25, 0.02, dtype=np.float32)
tanh, sigmoid = lk.Tanh().derivative, lk.Sigmoid().derivative

figure, axes = plt.subplots()
axes.semilogy(z, ulps(naive_tanh, tanh, z), ".", markersize=3, label="tanh′ as 1 - a²")
axes.semilogy(
    z, ulps(naive_sigmoid, sigmoid, z), ".", markersize=3, label="σ′ as a (1 - a)"
)
axes.semilogy(z, ulps(tanh, tanh, z), ".", markersize=3, label="tanh′, layerkit")
axes.semilogy(z, ulps(sigmoid, sigmoid, z), ".", markersize=3, label="σ′, layerkit")
axes.set(xlabel="z", ylabel="error in ULP", ylim=(0.01, 1e9))
figure.legend(loc="outside upper center", ncols=2, markerscale=3)
plt.show()

# %%
# The accuracy of all activations
# -------------------------------
#
# Every activation of layerkit and of its plugins is meant to keep f and f′ within 4 ULP, wherever the result is a
# normal float32 number. Two things are beyond one line of float32. Beside a root, where terms cancel, the error is
# counted in ULP of the largest term (SiLU and Mish compute in float64 for that reason,
# :doc:`../decisions/13-float64-inside`). And results below 1.2e-38, the smallest normal number, have fewer digits by
# nature.
#
# float32 has 4,278,190,080 finite numbers. The table below comes from evaluating f and f′ on all of them and comparing
# with float64:
#
# .. results:: accuracy
#
# ``python benchmarks/accuracy.py`` measures it again. :func:`~layerkit.testing.ulp_error` takes a sample of some
# 14,000 inputs from every power of two, in milliseconds:

for activation in (lk.Tanh, lk.Sigmoid, lk.Softplus, lk.SiLU):
    error = ulp_error(activation, rng=0)
    print(
        f"{activation.name:9} f {error.function:.2f} ULP, f′ {error.derivative:.2f} ULP"
    )

# %%
# :func:`~layerkit.testing.check_activation` does the same for every activation that it checks.
#
# Sums and products
# -----------------
#
# All of this is about activations. A matrix product adds up many terms, and its last digits depend on the order, which
# the BLAS library chooses by the size of the matrices and by the processor. So a row that is predicted alone and the
# same row within a batch can differ in their last digits, and so can two machines. On one machine, equal batches and an
# equal ``rng`` give equal numbers.
