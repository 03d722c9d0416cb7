"""The subcommand: options, the network and its training, and what is shown when."""

from __future__ import annotations

import argparse
import sys
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import numpy as np

from layerkit.activations import Linear
from layerkit.validation import check_integer
from layerkit.text import Console
from layerkit.datasets import load_digits, split
from layerkit.demo.picture import check_path, write_picture
from layerkit.demo.reading import Reading, confusion_table, draw_digits
from layerkit.layers import Dense
from layerkit.losses import MSELoss
from layerkit.optimizers import SGD
from layerkit.plugins.host import activation
from layerkit.network.sequential import Sequential
from layerkit.training import Callback, Trainer, accuracy

__all__ = ["add_subcommand"]

_EPOCHS, _BATCH_SIZE, _LEARNING_RATE, _MOMENTUM = 20, 16, 0.15, 0.9
_INTERRUPTED = 130  # as shells count signals: 128 + SIGINT


def add_subcommand(subcommands: Any) -> None:
    """Add ``demo`` to the subcommands of an `argparse.ArgumentParser`."""
    parser = subcommands.add_parser(
        "demo",
        help="train on handwritten digits and show what was learnt",
        description="Train a network of Dense layers on four fifths of 1,797 handwritten digits, with MSELoss and "
        "SGD, and show how it reads the fifth that was held out.",
        epilog="Ctrl-C ends the training: what was learnt so far is shown, and the exit code is 130. With matplotlib "
        "installed, the learning curves and the hardest digits are written as a picture as well.",
    )
    add = parser.add_argument
    add("--seed", type=int, default=0, metavar="N", help="what all random numbers follow from (default: 0)")
    add(
        "--epochs",
        type=int,
        default=_EPOCHS,
        metavar="N",
        help=f"how often to go through the data (default: {_EPOCHS})",
    )
    add("--activation", default="relu", metavar="NAME", help="that of the hidden layer, by name (default: relu)")
    add(
        "--output",
        type=Path,
        default=Path("layerkit-demo.png"),
        metavar="PATH",
        help="where to write the picture, as .png, .pdf or .svg (default: layerkit-demo.png)",
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Train, show what was learnt, and return the exit code."""
    epochs = check_integer("--epochs", options.epochs, 1)
    rng = np.random.default_rng(check_integer("--seed", options.seed, 0))
    check_path(options.output)
    console = Console(sys.stdout)

    (X, y), (X_held_out, y_held_out) = split(*load_digits(), held_out=0.2, rng=rng)
    one_hot = np.eye(10, dtype=np.float32)
    model = Sequential(
        Dense(64, 256),
        activation(options.activation),
        Dense(256, 10),
        Linear(),
        rng=rng,
    )
    optimizer = SGD(model, learning_rate=_LEARNING_RATE, momentum=_MOMENTUM)
    trainer = Trainer(model, MSELoss(), optimizer, rng=rng, metrics=[accuracy])
    console.print(f"Handwritten digits: {len(X)} to learn from, {len(X_held_out)} held out.\n\n{model.summary()}\n")

    progress = sys.stderr.isatty()
    exit_code = 0
    try:
        trainer.fit(
            X,
            one_hot[y],
            epochs=epochs,
            batch_size=_BATCH_SIZE,
            validation_data=(X_held_out, one_hot[y_held_out]),
            callbacks=[_EpochTable(console, epochs, progress)],
            progress=progress,
        )
    except KeyboardInterrupt:
        exit_code = _INTERRUPTED
        console.print(f"\nInterrupted after {trainer.history.epochs} of {epochs} epochs. What was learnt so far:")

    reading = Reading(X_held_out, y_held_out, model.predict(X_held_out))
    console.print(f"\n{console.paint(f'{reading}', 'bold')}\n")
    console.print(f"{confusion_table(reading, console)}\n\n{draw_digits(reading, console)}\n")
    console.print(write_picture(options.output, trainer.history, reading))
    return exit_code


class _EpochTable(Callback):
    """A line for each epoch; where there is a progress bar, above it."""

    def __init__(self, console: Console, epochs: int, progress: bool) -> None:
        self.console, self.epochs, self.progress = console, epochs, progress
        self.width = max(len("epoch"), len(f"{epochs}/{epochs}"))

    def on_fit_start(self, trainer: Trainer) -> None:
        """Print the head of the table."""
        self.console.print(f"{'':{self.width}}   {'training':<18}   held out")
        self.console.print(f"{'epoch':>{self.width}}{'   cost      accuracy' * 2}")

    def on_epoch_end(self, trainer: Trainer, epoch: int, record: dict[str, float]) -> None:
        """Print the line of the epoch."""
        line = f"{f'{epoch + 1}/{self.epochs}':>{self.width}}"
        for part in ("", "validation_"):
            line += f"   {record[f'{part}cost']:<7.4f}   {100 * record[f'{part}accuracy']:6.2f} %"
        with _above_the_bar(self.progress):
            self.console.print(line)


def _above_the_bar(progress: bool) -> AbstractContextManager[None]:
    if not progress:
        return nullcontext()
    from tqdm.auto import tqdm  # imported only where there is a bar

    above: AbstractContextManager[None] = tqdm.external_write_mode()
    return above
