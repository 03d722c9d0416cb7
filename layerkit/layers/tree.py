"""LayerTree: what a layer is made of, and everything that goes through all of it."""

from collections.abc import Iterator
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from layerkit.configured import Configured
from layerkit.errors import ConfigError
from layerkit.parameter import Parameter, Randomness
from layerkit.text import one_line
from layerkit.validation import FLOAT32, DType, Rng, float_dtype, generator

__all__ = ["LayerTree"]


class LayerTree(Configured):
    """Parameters, random generators and layers, held by attributes, or by lists, tuples and dicts among them."""

    gain: float | None = None
    dtype: DType = FLOAT32

    def children(self) -> dict[str, Any]:
        """Return the layers that this one is made of, by name.

        Returns
        -------
        dict of str to Layer
            The layers among the attributes, in their order; those in a list, tuple or dict are called ``"heads.0"``.
        """
        return dict(self._members(LayerTree))

    def walk(self, prefix: str = "") -> Iterator[tuple[str, Any]]:
        """Yield the layer itself and all below it, each with its name, such as ``"3.query"``.

        Parameters
        ----------
        prefix : str
            The name of the layer itself.

        Yields
        ------
        tuple of str and Layer
            Name and layer, each layer before what it is made of.
        """
        yield prefix, self
        for name, child in self.children().items():
            yield from child.walk(f"{prefix}.{name}" if prefix else name)

    def named_parameters(self) -> dict[str, Parameter]:
        """Return all parameters by name, such as ``"3.query.weight"``.

        Returns
        -------
        dict of str to Parameter
            The parameters in the order of the network's vector.
        """
        return {
            f"{prefix}.{name}" if prefix else name: parameter
            for prefix, layer in self.walk()
            for name, parameter in layer._members(Parameter)
        }

    def parameters(self) -> list[Parameter]:
        """Return all parameters, those of the layers that this one is made of included.

        Returns
        -------
        list of Parameter
            The parameters in the order of the network's vector.
        """
        return list(self.named_parameters().values())

    def buffers(self) -> dict[str, Any]:
        """Return what the layer itself must keep when it is saved, besides parameters.

        Returns
        -------
        dict
            The attributes that are arrays, such as running statistics, or random generators.
        """
        kinds = np.ndarray | Randomness
        return {name: value for name, value in vars(self).items() if isinstance(value, kinds) and name != "cache"}

    def draw(self, rng: Rng = None) -> Self:
        """Draw what is not set: own parameters and generators in the order of the attributes, then the children's.

        Parameters
        ----------
        rng : int, numpy.random.Generator or None
            Seed or generator.

        Returns
        -------
        Layer
            The layer itself.
        """
        rng = generator(rng)
        for _, value in self._members(Parameter | Randomness):
            value.draw(rng)
        for child in self.children().values():
            child.draw(rng)
        return self

    def astype(self, dtype: npt.DTypeLike) -> Self:
        """Convert parameters and buffers to float32 or float64.

        Parameters
        ----------
        dtype : dtype
            The new dtype.

        Returns
        -------
        Layer
            The layer itself.
        """
        for _, layer in self.walk():
            layer.dtype = float_dtype(dtype)
            for _, parameter in layer._members(Parameter):
                parameter.astype(dtype)
            for name, buffer in layer.buffers().items():
                if isinstance(buffer, np.ndarray) and buffer.dtype.kind == "f":
                    setattr(layer, name, buffer.astype(layer.dtype))
        return self

    def set_gain(self, gain: float | None) -> float | None:
        """Tell the parameters the gain of the activation that follows, and return that for the layer before.

        Parameters
        ----------
        gain : float or None
            The gain; None if nothing is known of what follows.

        Returns
        -------
        float or None
            The gain that the weights of the layer before should have.
        """
        for _, parameter in self._members(Parameter):
            parameter.gain = parameter.gain if gain is None else gain
        for child in self.children().values():
            child.set_gain(gain)
        return self.gain if self.gain is not None else 1.0 if self.parameters() else gain

    def _members(self, kind: Any) -> Iterator[tuple[str, Any]]:
        for name, value in vars(self).items():
            if name != "cache":
                yield from _named(name, value, kind)

    def __setattr__(self, name: str, value: Any) -> None:
        own = self.__dict__
        if name == "cache":  # set in every pass
            own[name] = value
            return
        if name in own and isinstance(own[name], Parameter):
            if not isinstance(value, Parameter):
                raise ConfigError(
                    f"{name} of {one_line(self)} is a Parameter, got {type(value).__name__}. "
                    f"Assign to {name}.value to set its values."
                )
            own[name].leave()
        object.__setattr__(self, name, value)

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name not in ("cache", "_vectors")}


def _named(name: str, value: Any, kind: Any) -> Iterator[tuple[str, Any]]:
    # what is of a kind, itself or in lists, tuples and dicts
    if isinstance(value, kind):
        yield name, value
    elif isinstance(value, list | tuple | dict):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _named(f"{name}.{key}", item, kind)
