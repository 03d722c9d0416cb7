r"""
Write an activation plugin
==========================

.. currentmodule:: layerkit

From an idea to an activation that everybody gets with ``pip install``, with everything that the tools say on the way.
A plugin is a package of its own: it needs no change in layerkit, and nobody's permission.

The idea
--------

Softsign (Turian, Bergstra and Bengio, 2009) looks like tanh, but approaches 1 and -1 slowly, so that its gradient
does not vanish as soon:

.. math::

   f(z) = \frac{z}{1 + |z|} \qquad f'(z) = \frac{1}{(1 + |z|)^2}

An activation is the two formulas and a name, a subclass of `Activation`:
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
        return 1 / (1 + np.abs(z)) ** 2


# %%
# It works in a network right away, and weights that come before it are drawn with its `gain <Activation.gain>`, which
# layerkit computes from the function:

model = lk.Sequential(lk.Dense(2, 8), Softsign(), lk.Dense(8, 1), rng=0)
print(model.predict([[1.0, 2.0]]), Softsign().gain)

# %%
# Whether it is right is another question. :func:`~layerkit.testing.check_activation` compares the derivative with
# differences of the function, float32 with float64, and the behaviour with the contract of a layer. It says nothing
# if all is well:


def check(activation):
    """Print what the checker says."""
    try:
        check_activation(activation, rng=0)
    except CheckError as error:
        lines = [textwrap.fill(line, 84) for line in str(error).splitlines()]
        print("\n".join(lines))
    else:
        print(f"{activation.__name__}: nothing to say")


check(Softsign)

# %%
# The formula is right, but float32 ends at 3.4e38, and the square gets there where z is 1.8e19. In this place the
# result happens to come out right, with a warning on everybody's screen. Squaring the quotient needs no large number:


class Softsign(lk.Activation):
    name = "softsign"

    def function(self, z):
        return z / (1 + np.abs(z))

    def derivative(self, z):
        s = 1 / (1 + np.abs(z))
        return s * s


check(Softsign)

# %%
# The package
# -----------
#
# ``layerkit new-plugin`` writes a package that installs and passes its tests as it stands. This page runs its
# commands in an empty directory. Installing goes to a directory beside it, without a look at the network, so that
# building the page changes nothing in your environment.

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
# The activation goes into ``activation.py``, in the place of the one that is there to begin with. It is the class
# from above, with types, the formulas and an example, which the tests run:

source = r'''
"""Softsign: like tanh, with tails that do not vanish as soon."""

import numpy as np
import numpy.typing as npt

import layerkit as lk

Array = npt.NDArray[np.floating]


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
# Two files say the rest. The module has the hook, which returns what the package publishes:

print((package / "layerkit_softsign" / "__init__.py").read_text(encoding="utf-8"))

# %%
# and ``pyproject.toml`` has the entry point, by which layerkit finds the module once the package is installed:

project = (package / "pyproject.toml").read_text(encoding="utf-8")
print(project[project.index("# This is how") : project.index("[tool.hatch")])

# %%
# Test and install
# ----------------
#
# The tests of the package ask all that `check_activation <layerkit.testing.check_activation>` asks, one result for
# each question, and run the example of the class. Outside of this page, ``pip install -e '.[test]' && pytest`` does
# it.

print((package / "tests" / "test_softsign.py").read_text(encoding="utf-8"))
run("python -m pytest -q -p no:cacheprovider", "layerkit-softsign")

# %%
# What a user does:

run("pip install ./layerkit-softsign | tail -n 1")

# %%
# From now on, whoever has the package has the name: ``lk.activation("softsign")`` makes one, and the commands know
# it.

run("layerkit activations")

# %%

run("layerkit check softsign")
folder.cleanup()

# %%
# What the checker says
# ---------------------
#
# Each of these is a mistake that people make, and what the checker answers: what it found, at which input, the likely
# mistake, and the line to write.
#
# **A wrong sign, or a factor.** Differences of the function tell what the derivative should have been, and the ratio
# of the two tells the mistake:


class Doubled(Softsign):
    def derivative(self, z):
        s = 1 / (1 + np.abs(z))
        return 2 * s * s


check(Doubled)

# %%
# **The derivative at a in place of z.** Textbooks often give the derivative in terms of the output a = f(z), here (1
# - \|a\|)². But `derivative` gets z:


class OfOutput(Softsign):
    def derivative(self, z):
        return (1 - np.abs(z)) ** 2


check(OfOutput)

# %%
# **A saturated tail.** Computing a first, as the line above asks for, gives the right formula, and wrong numbers. Far
# out, a is so close to 1 that 1 - \|a\| has few digits left in float32, and later none. Training in float32 would
# stop there:


class Saturated(Softsign):
    def derivative(self, z):
        a = self.function(z)
        return (1 - np.abs(a)) ** 2


check(Saturated)

# %%
# **The incoming gradient forgotten.** An activation that writes its own `backward <Layer.backward>`, for speed, has
# to apply the chain rule itself:


class Unchained(Softsign):
    def backward(self, grad, out=None):
        return self.derivative(self.cache)


check(Unchained)

# %%
# **float64 out of nowhere.** ``np.sqrt(2)`` is a NumPy number of type float64, and makes float64 of all that it
# touches. A network in float32 would take twice the time and memory from here on. A plain number, ``math.sqrt(2)``,
# keeps the type:


class Promoted(Softsign):
    scale = np.sqrt(2)

    def function(self, z):
        return self.scale * z / (1 + np.abs(z))


check(Promoted)

# %%
# **A kink that nobody declared.** Where the slope jumps, there is no derivative, only a convention. The activation
# says where that is, so that checks do not take differences across it:


class HardSign(lk.Activation):
    name = "hard_sign"

    def function(self, z):
        return np.clip(z, -1, 1)

    def derivative(self, z):
        return (np.abs(z) < 1).astype(z.dtype)


check(HardSign)

# %%
# **The input changed in place.** What `forward <Layer.forward>` gets still belongs to somebody else:


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
# index, and ``.github/workflows/test.yml`` runs its tests on every push. A name of the form ``layerkit-...`` is found
# by people who look for plugins; layerkit itself finds any.
#
# An activation that is not elementwise, such as softmax, or that learns, such as PReLU, is a `Layer` with a ``name``,
# and is returned by the same hook: :doc:`../plugins/layerkit-trainable` has three. What happens when a plugin is
# broken, and how to keep one out, stands in :doc:`../plugins/index`.
