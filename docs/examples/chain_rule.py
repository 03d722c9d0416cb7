r"""
From the chain rule to the code
===============================

.. currentmodule:: layerkit

layerkit follows one text, *Understanding Backpropagation in Neural Networks*, which docstrings call the source
document. This page goes through it section by section: the equation, the lines of layerkit that compute it, taken
from the installed source, and the numbers of a network that is small enough for pencil and paper. The numbers are
chosen so that no step rounds. Each one is worked out in the text, and the page is not built unless the code agrees
with it to the last bit.

In the equations of the source, vectors are columns; in its code, samples are rows. In layerkit they are rows in both,
so that the equation and the line of code can be read against each other. B is the number of rows of a batch.
"""

import matplotlib.pyplot as plt
import numpy as np

import layerkit as lk


def check(computed, by_hand):
    """Show what layerkit computed, if it is what the pencil says."""
    np.testing.assert_array_equal(computed, by_hand)
    print(computed)


# %%
# The chain rule
# --------------
#
# *Section 1.* The cost C depends on the activation a, which depends on the weighted input z, which depends on the
# weight w. The derivative of the whole is the product of the three:
#
# .. math::
#
#    \frac{\partial C}{\partial w} =
#    \frac{\partial C}{\partial a} \cdot \frac{\partial a}{\partial z} \cdot \frac{\partial z}{\partial w}
#
# One neuron with a weight of 2 and a bias of -1 sees the input 1.5, and should have said 3:
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

z = neuron.forward([[1.5]])
a = relu.forward(z)
cost = loss.forward(a, [[3.0]])
check([z.item(), a.item(), cost], [2, 2, 1])

# %%
# On the way back, each object multiplies what it gets by one factor, its own derivative:
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
# Whether that is the slope of the cost can be seen without any calculus. Move the weight a little to either side, and
# the cost changes by its slope times the distance. At w = 2.25 it is (2.375 - 3)² = 0.390625, at w = 1.75 it is
# (1.625 - 3)² = 1.890625, which makes -1.5 over a distance of 0.5:


def cost_at(weight):
    """Return the cost that the neuron has with another weight."""
    neuron.weight.value = [[weight]]
    return loss.forward(relu.forward(neuron.forward([[1.5]])), [[3.0]])


check((cost_at(2.25) - cost_at(1.75)) / 0.5, -3)

# %%
# A network is a row of layers, and its backward pass is this product, however long: every layer is handed
# :math:`\partial C / \partial \text{output}` and returns :math:`\partial C / \partial \text{input}`. That loop is all
# of `Sequential.backward` but its shortcuts:
#
# .. literalinclude:: /../layerkit/sequential.py
#    :caption: layerkit/sequential.py, Sequential.backward
#    :pyobject: Sequential.backward
#    :start-at: in workspace.backward:
#    :end-at: grad = backward
#    :dedent: 8
#
# The buffer is memory that the layer may write its result to; :doc:`../speed` says what that is good for.
#
# Forward
# -------
#
# *Section 2.* From here on, a network with two inputs, three hidden units and one output gets two samples at once:

X = np.array([[1.0, 2.0], [3.0, -1.0]])
Y = np.array([[0.5], [2.75]])

hidden, relu, output = lk.Dense(2, 3), lk.ReLU(), lk.Dense(3, 1)
hidden.weight.value = [[1.0, -1.0, 0.5], [0.5, 1.0, -1.0]]
hidden.bias.value = [0.0, 0.5, 1.0]
output.weight.value = [[1.0], [-2.0], [0.5]]
output.bias.value = [0.5]

# %%
# The weighted input of a layer is an affine function of what the layer before it says:
#
# .. math:: z = a_\text{prev} W + b
#
# .. literalinclude:: /../layerkit/layers/dense.py
#    :caption: layerkit/layers/dense.py, Dense.forward
#    :pyobject: Dense.forward
#    :start-at: try:
#    :end-at: np.add(
#    :dedent: 8
#
# For the first sample and the first hidden unit, that is 1 · 1 + 0.5 · 2 + 0 = 2. All three units, first for the
# first sample, then for the second:
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
# The activation bends it, one element at a time:
#
# .. math:: a = \sigma(z), \qquad \text{here } \max(z, 0)
#
# .. literalinclude:: /../layerkit/activations/relu.py
#    :caption: layerkit/activations/relu.py, ReLU.function
#    :pyobject: ReLU.function
#    :dedent: 4

a1 = relu.forward(z1)
check(a1, [[2, 1.5, 0], [2.5, 0, 3.5]])

# %%
# The output layer is affine, without an activation. It says 2 · 1 - 1.5 · 2 + 0.5 = -0.5 for the first sample, and
# 2.5 · 1 + 3.5 · 0.5 + 0.5 = 4.75 for the second:

a2 = output.forward(a1)
check(a2, [[-0.5], [4.75]])

# %%
# The targets are 0.5 and 2.75, so that the network is off by -1 and by 2. The cost is the mean of the squares, ((-1)²
# + 2²) / 2 = 2.5:
#
# .. math:: C = \frac1n \sum (a - y)^2
#
# .. literalinclude:: /../layerkit/losses/regression.py
#    :caption: layerkit/losses/regression.py, MSELoss.forward
#    :pyobject: MSELoss.forward
#    :start-at: difference =
#    :dedent: 8

loss = lk.MSELoss()
check(loss.forward(a2, Y), 2.5)

# %%
# Backward: the output layer
# --------------------------
#
# *Section 3.1.* The error δ of a layer is the derivative of the cost with respect to its weighted input z. In the
# output layer, where a = z, it is the derivative of the cost itself, here 2 · (-1) / 2 = -1 and 2 · 2 / 2 = 2:
#
# .. math:: \delta^{(L)} = \frac{\partial C}{\partial a^{(L)}} \cdot 1 = \frac{2 (a^{(L)} - y)}{n}
#
# .. literalinclude:: /../layerkit/losses/regression.py
#    :caption: layerkit/losses/regression.py, MSELoss.backward
#    :pyobject: MSELoss.backward
#    :start-at: difference
#    :dedent: 8

delta2 = loss.backward()
check(delta2, [[-1], [2]])

# %%
# The source goes on to simplify this to :math:`(a - y) / B`, which is the gradient of another cost,
# :math:`\frac{1}{2B} \sum (a - y)^2`. In layerkit that is a loss of its own, so that gradient and cost always belong
# together:

half = lk.MSELoss("half")
check(half.forward(a2, Y), 1.25)
check(half.backward(), [[-0.5], [1]])

# %%
# *Section 3.3.* A weight takes part in the cost of every sample, by what came in through it times the error that came
# back. The sum over the samples is a matrix product:
#
# .. math::
#
#    \frac{\partial C}{\partial W} = a_\text{prev}^T\, \delta, \qquad
#    \frac{\partial C}{\partial b} = \sum_\text{batch} \delta
#
# .. literalinclude:: /../layerkit/layers/dense.py
#    :caption: layerkit/layers/dense.py, Dense._parameter_gradients
#    :pyobject: Dense._parameter_gradients
#    :start-at: x: Array
#    :end-at: self._ones.dot
#    :dedent: 8
#
# The weights get 2 · (-1) + 2.5 · 2 = 3, 1.5 · (-1) + 0 · 2 = -1.5 and 0 · (-1) + 3.5 · 2 = 7; the bias gets -1 + 2 =
# 1.

passed_back = output.backward(delta2)
check(output.weight.grad, [[3], [-1.5], [7]])
check(output.bias.grad, [1])

# %%
# Backward: the hidden layer
# --------------------------
#
# *Section 3.2.* The error of a hidden layer comes from the one after it: back through that layer's weights, then
# times the slope of the activation.
#
# .. math:: \delta^{(l)} = \bigl(\delta^{(l+1)}\, W^{(l+1)T}\bigr) \circ \sigma'(z^{(l)})
#
# In layerkit the two factors belong to two layers. The first is what `Dense.backward` returned above:
#
# .. literalinclude:: /../layerkit/layers/dense.py
#    :caption: layerkit/layers/dense.py, Dense.backward
#    :pyobject: Dense.backward
#    :start-at: grad = self
#    :dedent: 8
#
# The errors -1 and 2 go back along the weights 1, -2 and 0.5:

check(passed_back, [[-1, 2, -0.5], [2, -4, 1]])

# %%
# The second factor is the slope of ReLU, 1 where z > 0 and 0 elsewhere. At z = 0, where ReLU has no slope, layerkit
# takes 0, as the source does.
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
# From δ to the gradients it is the same step as in the output layer, in the same lines, with X in the place of
# :math:`a_\text{prev}`. For the first weight of the first unit, that is 1 · (-1) + 3 · 2 = 5:
#
# .. math::
#
#    X^T \delta =
#    \begin{pmatrix} 1 & 3 \\ 2 & -1 \end{pmatrix}
#    \begin{pmatrix} -1 & 2 & 0 \\ 2 & 0 & 1 \end{pmatrix}
#    =
#    \begin{pmatrix} 5 & 2 & 3 \\ -4 & 4 & -1 \end{pmatrix}

hidden.backward_parameters(delta1)
check(hidden.weight.grad, [[5, 2, 3], [-4, 4, -1]])
check(hidden.bias.grad, [1, 2, 1])

# %%
# `Layer.backward_parameters` is `Layer.backward` without the gradient of the input, which nobody needs here.
#
# Every gradient against a difference
# -----------------------------------
#
# The same layers, put together, are a network. `Sequential` moves their parameters into one vector, in the order of
# the layers, and their gradients into another:

model = lk.Sequential(hidden, relu, output)
loss.forward(model.forward(X), Y)
model.backward(loss.backward(), input_grad=False)
check(model.gradient_vector, [5, 2, 3, -4, 4, -1, 1, 2, 1, 3, -1.5, 7, 1])

# %%
# With all parameters in one vector, the test of the first section is one loop. As long as no hidden unit switches on
# or off, the cost is a parabola in any single parameter, and the slope of a parabola in the middle between two points
# is exactly that of the line through them. So these are no approximations, and they have to agree to the last bit:


def slopes(model, distance=0.125):
    """Return the slope of the cost along each parameter, from two costs."""
    found = []
    for i in range(model.parameter_vector.size):
        costs = []
        for step in (distance, -2 * distance):
            model.parameter_vector[i] += step
            costs.append(loss.forward(model.forward(X), Y))
        model.parameter_vector[i] += distance  # back to where it was
        found.append((costs[0] - costs[1]) / (2 * distance))
    return found


check(model.gradient_vector, slopes(model))

# %%
# For networks of any kind, where differences have an error, :func:`layerkit.testing.check_layer` does this with all
# the care that it needs.
#
# The picture
# -----------
#
# *Section 7* draws the two passes: values flow to the right, gradients flow back to the left. What flows back between
# the layers is the gradient of the values there; the gradients of weights and biases stay behind in each layer.
# :func:`trace` runs one pass of either kind, keeps everything, and draws it:

trace = lk.trace(model, X, Y, loss)
trace.plot()
plt.show()

# %%
# In a table, with the equation that each step computes. The arrays themselves are in it, too: ``trace[0].output`` is
# the z of the first layer.

trace

# %%
# The update
# ----------
#
# *Section 6.3.* Each parameter takes a step against its gradient:
#
# .. math:: W \leftarrow W - \alpha \frac{\partial C}{\partial W}
#
# .. literalinclude:: /../layerkit/optimizers/sgd.py
#    :caption: layerkit/optimizers/sgd.py, SGD.update
#    :pyobject: SGD.update
#    :start-after: grad = velocity
#    :dedent: 8
#
# The lines see the whole network as one vector. With a learning rate of 1/128, a power of two, again nothing rounds:
# the weights of the output layer become 1 - 3/128, -2 + 1.5/128 and 0.5 - 7/128.

optimizer = lk.SGD(model, learning_rate=1 / 128)
optimizer.step()
check(output.weight.value, [[1 - 3 / 128], [-2 + 1.5 / 128], [0.5 - 7 / 128]])

# %%
# The cost was 2.5. To first order it falls by the learning rate times the sum of the squared gradients:

squares = [g**2 for g in (5, 2, 3, -4, 4, -1, 1, 2, 1, 3, -1.5, 7, 1)]
print("expected to first order:", 2.5 - sum(squares) / 128)
print("found:                  ", loss.forward(model.forward(X), Y))

# %%
# The algorithm, and a trained network
# ------------------------------------
#
# *Section 4* puts it together in five steps: forward pass, error at the output, backward pass, which computes the
# gradients as it goes, and update. They are the body of the loop that trains any network. Here it has one input and
# 24 hidden units, so that what it learns can be drawn:

x = np.linspace(-1, 1, 64)[:, None]
y = np.sin(4 * x) * np.exp(-(x**2))

spread = lk.initializers.Uniform(1.0)  # biases: else all units would switch at x = 0
layers = lk.Dense(1, 24, bias_initializer=spread), lk.ReLU(), lk.Dense(24, 1)
model = lk.Sequential(*layers, rng=1)
loss, optimizer = lk.MSELoss(), lk.SGD(model, learning_rate=0.1)
drawings = {}
for step in range(20_001):
    prediction = model.forward(x)  # 1. forward pass
    cost = loss.forward(prediction, y)
    error = loss.backward()  # 2. error at the output
    model.backward(error, input_grad=False)  # 3. backward pass, and 4. the gradients
    optimizer.step()  # 5. update
    if step in (0, 100, 20_000):
        drawings[f"after {step:,} steps, cost {cost:.2g}"] = prediction

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
# :doc:`../backpropagation` lists all equations with the names that compute them, and says where layerkit does
# something else than the source, and why.
