r"""
Write an activation plugin
==========================

.. currentmodule:: layerkit

From an idea to an activation that others get with ``pip install``. A plugin is a package of its own: it needs no change
in layerkit, and nobody's permission.

The idea
--------

Softsign (Turian, Bergstra and Bengio, 2009) looks like tanh, but approaches 1 and -1 slowly, so that its gradient
vanishes less quickly:

.. math::

   f(z) = \frac{z}{1 + |z|} \qquad f'(z) = \frac{1}{(1 + |z|)^2}

An activation is a subclass of `Activation` with a name and the two formulas. The quotient is squared after the
division, because :math:`(1 + |z|)^2` would overflow in float32 for large z:
"""

import textwrap

import numpy as np

import layerkit as lk
from layerkit.errors import CheckError
from layerkit.testing import check_activation


class Softsign(lk.Activation):
    name = "softsign"

    def function(self, z):
        return z / (1 + np.abs(z))

    def derivative(self, z):
        s = 1 / (1 + np.abs(z))
        return s * s


# %%
# It works in a network right away. The weights before it are drawn with its `gain <Layer.gain>`, which layerkit
# computes from the function:

model = lk.Sequential(lk.Dense(2, 8), Softsign(), lk.Dense(8, 1), rng=0)
print(model.predict([[1.0, 2.0]]), Softsign().gain)

# %%
# In a notebook or a script, :func:`register` makes the name known to the running program. It can be used as a
# decorator, and it replaces an earlier version of the class, so that a cell can be run again. :func:`unregister` undoes
# it:

lk.register(Softsign)
print(lk.activation("softsign"))
lk.unregister(Softsign)

# %%
# Is the derivative right? :func:`~layerkit.testing.check_activation` compares it with differences of the function,
# float32 with float64, and the behavior with the contract of a layer. It returns without a word if all is well. This
# page prints its answer, in lines that fit:


def check(activation):
    """Print what the checks say."""
    try:
        check_activation(activation, rng=0)
    except CheckError as error:
        lines = [textwrap.fill(line, 84) for line in str(error).splitlines()]
        print("\n".join(lines))
    else:
        print(f"{activation.__name__}: nothing to say")


check(Softsign)

# %%
# The package
# -----------
#
# ``layerkit new-plugin`` writes a complete package: it can be installed, and it passes its tests. Type the commands
# that follow a ``$`` in a terminal. The Python code in between is only there because this page runs them, in a
# temporary directory and without the network.

import os
import subprocess
import sys
import tempfile
from pathlib import Path

folder = tempfile.TemporaryDirectory()
work = Path(folder.name)
environment = os.environ | {
    "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
    "PYTHONPATH": str(work / "site"),
    "PIP_TARGET": str(work / "site"),
    "PIP_NO_BUILD_ISOLATION": "0",  # pip's way to say: build with what is installed
    "PIP_NO_DEPS": "1",
    "PIP_NO_INDEX": "1",
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
}


def run(command, directory="."):
    """Run a command as a shell does, and show what it prints."""
    done = subprocess.run(
        command,
        shell=True,
        cwd=work / directory,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    print(f"$ {command}\n{done.stdout}{done.stderr}".rstrip())


run("layerkit new-plugin softsign")

# %%
# ``activation.py`` contains an activation to begin with. Replace it with the class from above, with types, the formulas
# and an example, which the tests run:

source = r'''
"""Softsign: like tanh, with tails that do not vanish as soon."""

import layerkit as lk
import numpy as np
from layerkit.validation import Array


class Softsign(lk.Activation):
    r"""Softsign (Turian, Bergstra and Bengio, 2009).

    .. math::

        \text{forward:}\quad f(z) = \frac{z}{1 + |z|} \qquad
        \text{backward:}\quad f'(z) = \frac{1}{(1 + |z|)^2}

    Examples
    --------
    >>> import numpy as np
    >>> Softsign().forward(np.array([-1.0, 0.0, 3.0]))
    array([-0.5 ,  0.  ,  0.75])
    """

    name = "softsign"

    def function(self, z: Array) -> Array:
        """Return f(z)."""
        return z / (1 + np.abs(z))

    def derivative(self, z: Array) -> Array:
        """Return f′(z)."""
        s = 1 / (1 + np.abs(z))  # squared after the division: (1 + |z|)² overflows
        return s * s
'''
package = work / "layerkit-softsign"
path = package / "layerkit_softsign" / "activation.py"
with path.open("w", encoding="utf-8") as file:
    file.write(source.lstrip())

# %%
# The rest can stay. The module has the hook, which returns what the package publishes:

print((package / "layerkit_softsign" / "__init__.py").read_text(encoding="utf-8"))

# %%
# ``pyproject.toml`` has the entry point, by which layerkit finds the module once the package is installed:

project = (package / "pyproject.toml").read_text(encoding="utf-8")
print(project[project.index("# layerkit finds") : project.index("[tool.hatch")])

# %%
# Test and install
# ----------------
#
# The tests of the package run everything that :func:`~layerkit.testing.check_activation` runs, with one result for each
# check, and the example of the class. In your terminal, ``pip install -e '.[test]' && pytest`` runs them.

print((package / "tests" / "test_softsign.py").read_text(encoding="utf-8"))
run("python -m pytest -q -p no:cacheprovider", "layerkit-softsign")

# %%
# A user installs the package,

run("pip install ./layerkit-softsign | tail -n 1")

# %%
# and from then on ``lk.activation("softsign")`` works in every program, and the commands know the name, too.

run("layerkit activations")

# %%

run("layerkit check softsign")
folder.cleanup()

# %%
# What the checks say to mistakes
# -------------------------------
#
# Here are some common mistakes and the answers of the checks: what was found, at which input, the likely mistake, and
# the line to write.
#
# **A wrong sign, or a factor.** Differences of the function show what the derivative should have been, and the ratio of
# the two reveals the mistake:


class Doubled(Softsign):
    def derivative(self, z):
        s = 1 / (1 + np.abs(z))
        return 2 * s * s


check(Doubled)

# %%
# **The derivative at a instead of z.** Textbooks often give the derivative in terms of the output a = f(z), here (1 -
# \|a\|)². But ``derivative`` receives z:


class OfOutput(Softsign):
    def derivative(self, z):
        return (1 - np.abs(z)) ** 2


check(OfOutput)

# %%
# **A saturated tail.** Computing a first gives the right formula, but wrong numbers. Far out, a is so close to 1 that 1
# - \|a\| has few digits left in float32, and finally none. Units there would no longer learn:


class Saturated(Softsign):
    def derivative(self, z):
        a = self.function(z)
        return (1 - np.abs(a)) ** 2


check(Saturated)

# %%
# **The incoming gradient forgotten.** An activation with a `backward <Layer.backward>` of its own has to apply the
# chain rule itself:


class Unchained(Softsign):
    def backward(self, grad, input_grad=True):
        return self.derivative(self.cache)


check(Unchained)

# %%
# **An undeclared kink.** Where the slope jumps, there is no derivative, only a convention. The activation declares
# these points in ``kinks``, so that no differences are taken across them:


class HardSign(lk.Activation):
    name = "hard_sign"

    def function(self, z):
        return np.clip(z, -1, 1)

    def derivative(self, z):
        return (np.abs(z) < 1).astype(z.dtype)


check(HardSign)

# %%
# **The input changed in place.** The array that ``function`` receives is still needed elsewhere:


class InPlace(Softsign):
    def function(self, z):
        z /= 1 + np.abs(z)
        return z


check(InPlace)

# %%
# Publish it
# ----------
#
# The package is an ordinary one. ``python -m build`` makes its distributions, ``twine upload dist/*`` puts them on an
# index, and ``.github/workflows/test.yml`` runs its tests on every push. A name that begins with ``layerkit-`` helps
# people to find it; layerkit itself finds plugins of any name.
#
# An activation that learns, such as PReLU, is a `LearnedActivation`, and one that is not elementwise, such as softmax,
# is a `Layer` with a ``name``. Both are returned by the same hook: :doc:`../plugins/layerkit-trainable` has three.
# Layers, losses, optimizers and initializers are published by the hook ``layerkit_classes``, as in
# :doc:`../plugins/layerkit-optimizers`. :doc:`../plugins/index` describes what happens when a plugin is broken, and how
# to disable one.
