"""Small real data that ships inside the package."""

from layerkit.datasets.digits import Digits, load_digits
from layerkit.datasets.splitting import split

__all__ = ["Digits", "load_digits", "split"]
