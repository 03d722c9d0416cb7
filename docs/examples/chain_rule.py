r"""
From the chain rule to the code
===============================

.. currentmodule:: layerkit

This page derives backpropagation from the chain rule. Each step consists of an equation, the lines of layerkit that
compute it, taken from the installed source, and the numbers of a network that is small enough for pencil and paper.
The numbers are chosen so that no step rounds. Each one is worked out in the text, and the page is not built unless the
code agrees with it to the last bit.

.. list-table:: Notation. Samples are rows, in the equations as in the code.
   :widths: 15 85

   * - B
     - the number of samples in a batch; n is the number of outputs in it
   * - :math:`a_\text{prev}`
     - the input of a layer, the activations of the layer before it, of shape ``(batch, in_features)``
   * - W, b
     - its weights, of shape ``(in_features, out_features)``, and its biases
   * - z
     - its weighted input, of shape ``(batch, out_features)``
   * - a = f(z)
     - its activations
   * - y, C
     - the targets, and the loss
   * - δ
     - the error of a layer, :math:`\partial C / \partial z`, of the shape of z
   * - ∘
     - the product element by element
"""

import matplotlib.pyplot as plt
import numpy as np

import layerkit as lk


def array(values):
    """Return the values in float32, which is what layers compute in by default."""
    return np.array(values, np.float32)


def check(computed, by_hand):
    """Print what layerkit computed, if it equals the result by hand."""
    np.testing.assert_array_equal(computed, by_hand)
    print(computed)


# %%
# The chain rule
# --------------
#
# The loss C depends on the activation a, which depends on the weighted input z, which depends on the weight w. The
# derivative of the whole is the product of the three:
#
# .. math::
#    :label: chain-rule
#
#    \frac{\partial C}{\partial w} =
#    \frac{\partial C}{\partial a} \cdot \frac{\partial a}{\partial z} \cdot \frac{\partial z}{\partial w}
#
# A neuron with a weight of 2 and a bias of -1 receives the input 1.5. Its target is 3:
#
# .. math::
#
#    \begin{aligned}
#    z &= 1.5 \cdot 2 - 1 = 2 \\
#    a &= \max(z, 0) = 2 \\
#    C &= (a - 3)^2 = 1
#    \end{aligned}

neuron, relu, loss = lk.Dense(1, 1), lk.ReLU(), lk.MSELoss()
neuron.weight.value, neuron.bias.value = [[2.0]], [-1.0]

z = neuron.forward(array([[1.5]]))
a = relu.forward(z)
C = loss.forward(a, array([[3.0]]))
check([z.item(), a.item(), C.item()], [2, 2, 1])

# %%
# On the way back, each object multiplies what it receives by one factor of equation :eq:`chain-rule`, its own
# derivative:
#
# .. math::
#
#    \begin{aligned}
#    \partial C / \partial a &= 2 (a - 3) = -2 \\
#    \partial a / \partial z &= 1 \text{, since } z > 0 \\
#    \partial z / \partial w &= 1.5
#    \end{aligned}

gradient = loss.backward()  # ∂C/∂a
check(gradient, [[-2]])
gradient = relu.backward(gradient)  # ∂C/∂z = -2 · 1
check(gradient, [[-2]])
neuron.backward(gradient)  # ∂C/∂w = -2 · 1 · 1.5
check(neuron.weight.grad, [[-3]])

# %%
# That this is the slope of the loss can be seen without calculus. Move the weight a little to either side, and the loss
# changes by its slope times the distance. At w = 2.25 it is (2.375 - 3)² = 0.390625, at w = 1.75 it is (1.625 - 3)² =
# 1.890625, which makes -1.5 over a distance of 0.5:


def loss_at(weight):
    """Return the loss of the neuron with another weight."""
    neuron.weight.value = [[weight]]
    return loss.forward(relu.forward(neuron.forward(array([[1.5]]))), array([[3.0]]))


check((loss_at(2.25) - loss_at(1.75)) / 0.5, -3)

# %%
# A network is a row of layers, and its backward pass is this product, however long it is. Every layer receives
# :math:`\partial C / \partial \text{output}` and returns :math:`\partial C / \partial \text{input}`, from the last
# layer to the first. `Sequential.backward` is that loop, with checks of the shapes on the way:

layers = [neuron, relu]
gradient = array([[-2.0]])
for layer in reversed(layers):
    gradient = layer.backward(gradient)

# %%
# Forward
# -------
#
# From here on, a network with two inputs, three hidden units and one output receives two samples at once:

X = array([[1.0, 2.0], [3.0, -1.0]])
Y = array([[0.5], [2.75]])

hidden, relu, output = lk.Dense(2, 3), lk.ReLU(), lk.Dense(3, 1)
hidden.weight.value = [[1.0, -1.0, 0.5], [0.5, 1.0, -1.0]]
hidden.bias.value = [0.0, 0.5, 1.0]
output.weight.value = [[1.0], [-2.0], [0.5]]
output.bias.value = [0.5]

# %%
# The weighted input of a layer is an affine function of the activations of the layer before it:
#
# .. math::
#    :label: affine
#
#    z = a_\text{prev} W + b
#
# .. literalinclude:: /../layerkit/layers/dense.py
#    :caption: layerkit/layers/dense.py, Dense.forward
#    :pyobject: Dense.forward
#    :start-at: z: Array =
#    :end-at: z +=
#    :dedent: 8
#
# For the first sample and the first hidden unit, that is 1 · 1 + 0.5 · 2 + 0 = 2. All three units, on the left for the
# first sample and on the right for the second:
#
# .. math::
#
#    \begin{aligned}
#    1 \cdot 1 + 0.5 \cdot 2 + 0 &= 2 &
#    1 \cdot 3 - 0.5 \cdot 1 + 0 &= 2.5 \\
#    -1 \cdot 1 + 1 \cdot 2 + 0.5 &= 1.5 &
#    -1 \cdot 3 - 1 \cdot 1 + 0.5 &= -3.5 \\
#    0.5 \cdot 1 - 1 \cdot 2 + 1 &= -0.5 &
#    0.5 \cdot 3 + 1 \cdot 1 + 1 &= 3.5
#    \end{aligned}

z1 = hidden.forward(X)
check(z1, [[2, 1.5, -0.5], [2.5, -3.5, 3.5]])

# %%
# The activation function is applied to each element. Without it, two layers in a row would still be an affine function
# of the input:
#
# .. math::
#    :label: activation
#
#    a = f(z), \qquad \text{here } \max(z, 0)
#
# .. literalinclude:: /../layerkit/activations/relu.py
#    :caption: layerkit/activations/relu.py, ReLU.function
#    :pyobject: ReLU.function
#    :dedent: 4

a1 = relu.forward(z1)
check(a1, [[2, 1.5, 0], [2.5, 0, 3.5]])

# %%
# The output layer is affine and has no activation function. It returns 2 · 1 - 1.5 · 2 + 0.5 = -0.5 for the first
# sample, and 2.5 · 1 + 3.5 · 0.5 + 0.5 = 4.75 for the second:

a2 = output.forward(a1)
check(a2, [[-0.5], [4.75]])

# %%
# The targets are 0.5 and 2.75, so the predictions are off by -1 and by 2. The loss is the mean of the squares, ((-1)² +
# 2²) / 2 = 2.5:
#
# .. math::
#    :label: squared-error
#
#    C = \frac1n \sum (a - y)^2
#
# .. literalinclude:: /../layerkit/losses/regression.py
#    :caption: layerkit/losses/regression.py, MSELoss.cost, of which a loss returns the mean
#    :pyobject: MSELoss.cost
#    :start-at: error =
#    :dedent: 8

loss = lk.MSELoss()
check(loss.forward(a2, Y), 2.5)

# %%
# Backward: the output layer
# --------------------------
#
# The error δ of a layer is the derivative of the loss with respect to its weighted input z. In the output layer, where
# a = z, it is the derivative of the loss itself, here 2 · (-1) / 2 = -1 and 2 · 2 / 2 = 2:
#
# .. math::
#    :label: output-error
#
#    \delta^{(L)} = \frac{\partial C}{\partial a^{(L)}} = \frac{2 (a^{(L)} - y)}{n}
#
# .. literalinclude:: /../layerkit/losses/base.py
#    :caption: layerkit/losses/base.py, Loss.backward: slope is 2 (a - y), and scale is 1/n
#    :pyobject: Loss.backward
#    :start-at: slope, scale
#    :dedent: 8

delta2 = loss.backward()
check(delta2, [[-1], [2]])

# %%
# Some texts go on to simplify this to :math:`(a - y) / B`, which is the gradient of another loss, :math:`\frac{1}{2B}
# \sum (a - y)^2`. In layerkit that loss has a name of its own, so that the gradient is always that of the loss:

half = lk.MSELoss("half")
check(half.forward(a2, Y), 1.25)
check(half.backward(), [[-0.5], [1]])

# %%
# What is the share of a weight in this error? In sample i, the weight :math:`W_{jk}` adds :math:`a_{ij} W_{jk}` to
# :math:`z_{ik}`, so that :math:`\partial z_{ik} / \partial W_{jk}` is :math:`a_{ij}`. The loss depends on the weight
# through every sample, and the chain rule adds up the ways: :math:`\partial C / \partial W_{jk} = \sum_i a_{ij}
# \delta_{ik}`. That sum is an element of a matrix product:
#
# .. math::
#    :label: parameter-gradients
#
#    \frac{\partial C}{\partial W} = a_\text{prev}^T\, \delta, \qquad
#    \frac{\partial C}{\partial b} = \sum_\text{batch} \delta
#
# .. literalinclude:: /../layerkit/layers/dense.py
#    :caption: layerkit/layers/dense.py, Dense.backward
#    :pyobject: Dense.backward
#    :start-at: np.dot(a.T
#    :end-at: np.dot(ones
#    :dedent: 8
#
# (The sum over the batch is written as a product with a row of ones, which NumPy computes faster.) The gradients of the
# weights are 2 · (-1) + 2.5 · 2 = 3, 1.5 · (-1) + 0 · 2 = -1.5 and 0 · (-1) + 3.5 · 2 = 7; that of
# the bias is -1 + 2 = 1.

passed_back = output.backward(delta2)
check(output.weight.grad, [[3], [-1.5], [7]])
check(output.bias.grad, [1])

# %%
# Backward: the hidden layer
# --------------------------
#
# A hidden unit j has no target of its own. Its activation :math:`a_j` reaches the loss through every unit k of the
# next layer, along the weight :math:`W_{jk}`, since :math:`z_k = \sum_j a_j W_{jk} + b_k`. The chain rule multiplies
# along each path and adds up the paths:
#
# .. math::
#
#    \frac{\partial C}{\partial a_j} =
#    \sum_k \frac{\partial C}{\partial z_k} \cdot \frac{\partial z_k}{\partial a_j} =
#    \sum_k \delta_k W_{jk}
#
# For all units and samples at once this is :math:`\delta W^T`. Times the slope of the activation function, it is the
# error of the hidden layer:
#
# .. math::
#    :label: hidden-error
#
#    \delta^{(l)} = \bigl(\delta^{(l+1)}\, W^{(l+1)T}\bigr) \circ f'(z^{(l)})
#
# In layerkit the two factors belong to two layers. The first is what `Dense.backward` returned above:
#
# .. literalinclude:: /../layerkit/layers/dense.py
#    :caption: layerkit/layers/dense.py, Dense.backward
#    :pyobject: Dense.backward
#    :start-at: return grad.dot
#    :dedent: 8
#
# The errors -1 and 2 go back along the weights 1, -2 and 0.5:

check(passed_back, [[-1, 2, -0.5], [2, -4, 1]])

# %%
# The second factor is the slope of ReLU, 1 where z > 0 and 0 elsewhere. At z = 0, where ReLU has no slope, layerkit
# takes 0 by convention.
#
# .. literalinclude:: /../layerkit/activations/relu.py
#    :caption: layerkit/activations/relu.py, ReLU.derivative
#    :pyobject: ReLU.derivative
#    :dedent: 4
#
# The third unit was off for the first sample, and the second unit for the second one, so nothing goes back through
# them (-0 is what is left of a -4 times 0):

check(relu.derivative(z1), [[1, 1, 0], [1, 0, 1]])
delta1 = relu.backward(passed_back)
check(delta1, [[-1, 2, 0], [2, 0, 1]])

# %%
# From δ to the gradients it is equation :eq:`parameter-gradients` again, in the same lines, with X in the place of
# :math:`a_\text{prev}`. For the first weight of the first unit, that is 1 · (-1) + 3 · 2 = 5:
#
# .. math::
#
#    X^T \delta =
#    \begin{pmatrix} 1 & 3 \\ 2 & -1 \end{pmatrix}
#    \begin{pmatrix} -1 & 2 & 0 \\ 2 & 0 & 1 \end{pmatrix}
#    =
#    \begin{pmatrix} 5 & 2 & 3 \\ -4 & 4 & -1 \end{pmatrix}

hidden.backward(delta1, input_grad=False)  # nothing comes before it
check(hidden.weight.grad, [[5, 2, 3], [-4, 4, -1]])
check(hidden.bias.grad, [1, 2, 1])

# %%
# Every gradient against a difference
# -----------------------------------
#
# The same layers, composed, are a network. `Sequential` moves their parameters into one vector, in the order of the
# layers, and their gradients into another:

model = lk.Sequential(hidden, relu, output)
loss.forward(model.forward(X), Y)
model.backward(loss.backward(), input_grad=False)
check(model.gradient_vector, [5, 2, 3, -4, 4, -1, 1, 2, 1, 3, -1.5, 7, 1])

# %%
# With all parameters in one vector, the test of the first section becomes one loop. As long as no hidden unit switches
# on or off, the loss is a parabola in any single parameter, and the slope of a parabola in the middle between two
# points is exactly that of the line through them. So these are no approximations, and they have to agree to the last
# bit:


def slopes(model, distance=0.125):
    """Return the slope of the loss along each parameter, from two losses."""
    found = []
    for i in range(model.parameter_vector.size):
        values = []
        for step in (distance, -2 * distance):
            model.parameter_vector[i] += step
            values.append(loss.forward(model.forward(X), Y))
        model.parameter_vector[i] += distance  # back to where it was
        found.append((values[0] - values[1]) / (2 * distance))
    return found


check(model.gradient_vector, slopes(model))

# %%
# For networks of any kind, where differences have an error, :func:`layerkit.testing.check_layer` does this with all
# the care that it needs.
#
# The two passes in a picture
# ---------------------------
#
# Values flow to the right, gradients flow back to the left. What flows back between the layers is the gradient of the
# values there; the gradients of weights and biases stay in each layer. :func:`trace` runs one pass of either kind,
# keeps everything, and draws it:

trace = lk.trace(model, X, Y, loss)
trace.plot()
plt.show()

# %%
# As a table, with the equation that each step computes. The arrays themselves are kept, too: ``trace[0].output`` is
# the z of the first layer.

trace

# %%
# The update
# ----------
#
# Each parameter takes a step against its gradient:
#
# .. math::
#    :label: update
#
#    W \leftarrow W - \alpha \frac{\partial C}{\partial W}
#
# .. literalinclude:: /../layerkit/optimizers/sgd.py
#    :caption: layerkit/optimizers/sgd.py, SGD.step
#    :pyobject: SGD.step
#    :start-at: theta -=
#    :dedent: 12
#
# This line updates the whole network, since theta and g are views of its two vectors. With a learning rate of 1/128, a
# power of two, again nothing rounds: the weights of the output layer become 1 - 3/128, -2 + 1.5/128 and 0.5 - 7/128.

optimizer = lk.SGD(model, learning_rate=1 / 128)
optimizer.step()
check(output.weight.value, [[1 - 3 / 128], [-2 + 1.5 / 128], [0.5 - 7 / 128]])

# %%
# The loss was 2.5. To first order it falls by the learning rate times the sum of the squared gradients:

squares = [g**2 for g in (5, 2, 3, -4, 4, -1, 1, 2, 1, 3, -1.5, 7, 1)]
print("expected to first order:", 2.5 - sum(squares) / 128)
print("found:                  ", loss.forward(model.forward(X), Y))

# %%
# The algorithm, and a trained network
# ------------------------------------
#
# Together, the equations make an algorithm of five steps, and they are the body of the loop that trains any network.
# Here it has one input and 24 hidden units, so that what it learns can be drawn:

x = np.linspace(-1, 1, 64)[:, None]
y = np.sin(4 * x) * np.exp(-(x**2))

spread = lk.initializers.Uniform(1.0)  # biases: otherwise all units switch at x = 0
layers = lk.Dense(1, 24, bias_initializer=spread), lk.ReLU(), lk.Dense(24, 1)
model = lk.Sequential(*layers, rng=1)
loss, optimizer = lk.MSELoss(), lk.SGD(model, learning_rate=0.1)
drawings = {}
for step in range(20_001):
    prediction = model.forward(x)  # 1. forward pass
    C = loss.forward(prediction, y)
    error = loss.backward()  # 2. error at the output
    model.backward(error, input_grad=False)  # 3. backward pass, and 4. the gradients
    optimizer.step()  # 5. update
    if step in (0, 100, 20_000):
        drawings[f"after {step:,} steps, loss {C:.2g}"] = prediction

# %%
# A network of ReLUs is a line with a bend for each hidden unit. Training moves the bends to where they are needed. On
# the far right there is none, and the line stays straight:

figure, axes = plt.subplots()
axes.plot(x, y, color="0.5", linewidth=6, alpha=0.4, label="target")
for label, prediction in drawings.items():
    axes.plot(x, prediction, label=label)
axes.set(xlabel="x", ylabel="y")
figure.legend(loc="outside upper center", ncols=2)
plt.show()

# %%
# Exercises
# ---------
#
# - Work out :math:`\partial C / \partial X` for the two samples, and compare it with what ``hidden.backward(delta1)``
#   returns.
# - Change the second target to 4.75. Which gradients become zero, and why?
# - Put a second ReLU after the output layer. For which sample does the error change?
#
# :doc:`../backpropagation` lists all equations with the methods that compute them, and describes where implementations
# go wrong.
