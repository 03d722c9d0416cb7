"""Two networks learn a picture, the color at each place (x, y).

The same coordinate network is trained twice, once with ReLU and once with Sine and its initialization. ReLU
learns the large shapes and blurs what is fine; Sine gets the ripples and the stars as well.

    python fit_picture.py [--size 96] [--epochs 100] [--seed 0] [--output fit_picture.png]

Needs matplotlib: ``pip install "layerkit-periodic[plot]"``.
"""

from __future__ import annotations

import argparse
import math
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import numpy.typing as npt
from layerkit_periodic import Sine, Siren

import layerkit as lk

Image = npt.NDArray[np.float32]

WIDTH = 64  # of the hidden layers
WHITE = 0.25  # the error that is drawn in white
NIGHT, GLOW, MOON, SEA = (np.array(color) for color in ([8, 12, 40], [92, 74, 130], [255, 246, 214], [10, 32, 62]))


def coordinates(size: int) -> Image:
    """Return the pixels' places (x, y) in [-1, 1], row by row from the top left: ``(size², 2)``."""
    axis = np.linspace(-1, 1, size, dtype=np.float32)
    x, y = np.meshgrid(axis, -axis)
    return np.stack([x.ravel(), y.ravel()], axis=1)


def moonrise(size: int, seed: int) -> Image:
    """Return a moon over the sea, ``(size, size, 3)`` in [0, 1], out of smooth steps, sines and stars."""
    x, y = coordinates(size).astype(np.float64).reshape(size, size, 2).transpose(2, 0, 1)
    horizon, sharp = -0.25, size / 3

    def inside(distance: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        step = 1 / (1 + np.exp(np.clip(sharp * distance, -50, 50)))
        return np.expand_dims(step, -1)

    sky = NIGHT + (GLOW - NIGHT) * np.exp(-2.2 * (y - horizon).clip(0))[..., None]
    stars = np.zeros_like(x)
    for cx, cy, light in np.random.default_rng(seed).uniform([-1, 0.05, 60], [1, 1, 220], (45, 3)):
        stars += light * np.exp(-((x - cx) ** 2 + (y - cy) ** 2) * (0.7 * sharp) ** 2)
    sky = np.minimum(sky + stars[..., None], 255)
    moon = MOON - 34 * inside(np.hypot(x - 0.18, y - 0.42) - 0.11) - 26 * inside(np.hypot(x - 0.4, y - 0.27) - 0.07)
    sky += (moon - sky) * inside(np.hypot(x - 0.3, y - 0.35) - 0.3)

    depth = (horizon - y).clip(0) + 0.06  # waves get finer towards the horizon
    ripples = 0.5 + 0.5 * np.sin(7 / depth + 3 * np.sin(4 * x + 2))
    path = np.exp(-(((x - 0.3) / (0.12 + 0.45 * depth)) ** 2))  # of the moonlight
    sea = SEA + ((0.12 + 0.75 * path) * ripples)[..., None] * (MOON - SEA)
    picture = sky + (sea - sky) * inside(y - horizon)
    return (picture / 255).clip(0, 1).astype(np.float32)


def networks(seed: int) -> dict[str, lk.Sequential]:
    """Return the two networks: the same sizes, another activation and the first weights that go with it."""
    everywhere = lk.initializers.Uniform(1.0)  # biases that spread the kinks over the picture
    relu = lk.Sequential(
        lk.Dense(2, WIDTH, bias_initializer=everywhere),
        lk.ReLU(),
        lk.Dense(WIDTH, WIDTH),
        lk.ReLU(),
        lk.Dense(WIDTH, WIDTH),
        lk.ReLU(),
        lk.Dense(WIDTH, 3),
        rng=seed,
    )
    phases = lk.initializers.Uniform(math.pi / 30)  # w0 times the bias is anywhere in a period
    sine = lk.Sequential(
        lk.Dense(2, WIDTH, weight_initializer=Siren(first=True), bias_initializer=phases),
        Sine(),
        lk.Dense(WIDTH, WIDTH, weight_initializer=Siren()),
        Sine(),
        lk.Dense(WIDTH, WIDTH, weight_initializer=Siren()),
        Sine(),
        lk.Dense(WIDTH, 3, weight_initializer=Siren()),
        rng=seed,
    )
    return {"ReLU": relu, "Sine": sine}


def fit(
    model: lk.Sequential, picture: Image, epochs: int, seed: int, progress: bool = True
) -> tuple[Image, lk.History]:
    """Train on every pixel of the picture, and return what the network then paints and how it got there."""
    places, colors = coordinates(len(picture)), picture.reshape(-1, 3)
    batch_size = 512
    steps = epochs * math.ceil(len(places) / batch_size)
    trainer = lk.Trainer(model, lk.MSELoss(), lk.Adam(model, 1e-3), rng=seed)
    schedule = lk.LearningRateSchedule(lk.CosineSchedule(1e-3, steps), every="batch")
    history = trainer.fit(places, colors, epochs, batch_size, callbacks=[schedule], progress=progress)
    return model.predict(places).reshape(picture.shape).clip(0, 1).astype(np.float32), history


def psnr(painted: Image, picture: Image) -> float:
    """Return the peak signal-to-noise ratio in decibels: 10 more is a tenth of the squared error."""
    return -10 * math.log10(float(np.mean((painted - picture) ** 2)))


def draw(picture: Image, fits: dict[str, tuple[Image, lk.History]], output: Path) -> None:
    """Write the original, the fits, their errors and the way there."""
    plt.rcParams.update({"font.size": 8, "axes.titlesize": 9})
    figure, axes = plt.subplots(2, 3, figsize=(7.2, 5.1), layout="constrained")
    axes[0, 0].imshow(picture, interpolation="nearest")
    axes[0, 0].set_title("the picture")
    curves = axes[1, 0]
    for column, (name, (painted, history)) in enumerate(fits.items(), start=1):
        error = np.abs(painted - picture).mean(axis=2)
        axes[0, column].imshow(painted, interpolation="nearest")
        axes[0, column].set_title(f"{name}: {psnr(painted, picture):.1f} dB")
        axes[1, column].imshow(error, cmap="magma", vmin=0, vmax=WHITE, interpolation="nearest")
        axes[1, column].set_title(f"{name}: error, {error.mean():.3f} on average")
        axes[1, column].set_xlabel(f"black: none, white: {WHITE} or more")
        curves.semilogy(np.arange(1, len(history["loss"]) + 1), history["loss"], label=name)
    for axis in (*axes[0], *axes[1, 1:]):
        axis.set(xticks=[], yticks=[])
    curves.set(title="mean squared error in training", xlabel="epoch", box_aspect=1)
    curves.grid(alpha=0.3)
    curves.legend(frameon=False)
    figure.savefig(output, dpi=100, pil_kwargs={"optimize": True})
    plt.close(figure)


def main(arguments: list[str] | None = None) -> None:
    """Fit both networks and draw them."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--size", type=int, default=96, help="pixels on a side")
    parser.add_argument("--epochs", type=int, default=100, help="times to go through all pixels")
    parser.add_argument("--seed", type=int, default=0, help="of weights, order and stars")
    parser.add_argument("--output", type=Path, default=Path("fit_picture.png"), help="the picture to write")
    options = parser.parse_args(arguments)

    picture = moonrise(options.size, options.seed)
    fits = {}
    for name, model in networks(options.seed).items():
        print(f"{name}: {model.parameter_vector.size:,} parameters for {picture.size:,} numbers")
        fits[name] = fit(model, picture, options.epochs, options.seed)
        print(f"{name}: {psnr(fits[name][0], picture):.1f} dB")
    draw(picture, fits, options.output)
    print(f"Wrote {options.output}.")


if __name__ == "__main__":
    main()
