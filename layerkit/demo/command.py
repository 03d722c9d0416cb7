"""The subcommand: options, the network, its training, and the output."""

from __future__ import annotations

import argparse
import sys
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import numpy as np

from layerkit.activations import Linear
from layerkit.datasets import load_digits, split
from layerkit.demo.picture import check_path, write_picture
from layerkit.demo.reading import Reading, confusion_table, draw_digits
from layerkit.layers import Dense
from layerkit.losses import MSELoss
from layerkit.network.sequential import Sequential
from layerkit.optimizers import SGD
from layerkit.plugins import activation
from layerkit.text import Console
from layerkit.training import Callback, Run, Trainer, accuracy
from layerkit.validation import check_integer

__all__ = ["add_subcommand"]

_EPOCHS, _BATCH_SIZE, _LEARNING_RATE, _MOMENTUM = 20, 16, 0.15, 0.9
_INTERRUPTED = 130  # as shells count signals: 128 + SIGINT


def add_subcommand(subcommands: Any) -> None:
    """Add ``demo`` to the subcommands of an `argparse.ArgumentParser`."""
    parser = subcommands.add_parser(
        "demo",
        help="train on handwritten digits and show what was learned",
        description="Train a network of Dense layers on four fifths of 1,797 handwritten digits, with MSELoss and "
        "SGD, and show how it reads the fifth that was held out.",
        epilog="Ctrl-C ends the training: what was learned so far is shown, and the exit code is 130. With matplotlib "
        "installed, the learning curves and the hardest digits are written as a picture as well.",
    )
    add = parser.add_argument
    add("--seed", type=int, default=0, metavar="N", help="seed of all random numbers (default: 0)")
    add(
        "--epochs",
        type=int,
        default=_EPOCHS,
        metavar="N",
        help=f"number of times to go through the data (default: {_EPOCHS})",
    )
    add("--activation", default="relu", metavar="NAME", help="activation of the hidden layer, by name (default: relu)")
    add(
        "--output",
        type=Path,
        default=Path("layerkit-demo.png"),
        metavar="PATH",
        help="file for the picture, .png, .pdf or .svg (default: layerkit-demo.png)",
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Train, show what was learned, and return the exit code."""
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
        console.print(f"\nInterrupted after {trainer.history.epochs} of {epochs} epochs. What was learned so far:")

    reading = Reading(X_held_out, y_held_out, model.predict(X_held_out))
    console.print(f"\n{console.paint(f'{reading}', 'bold')}\n")
    console.print(f"{confusion_table(reading, console)}\n\n{draw_digits(reading, console)}\n")
    console.print(write_picture(options.output, trainer.history, reading))
    return exit_code


class _EpochTable(Callback):
    """Prints a line for each epoch, above the progress bar if there is one."""

    def __init__(self, console: Console, epochs: int, progress: bool) -> None:
        self.console, self.epochs, self.progress = console, epochs, progress
        self.width = max(len("epoch"), len(f"{epochs}/{epochs}"))

    def on_fit_start(self, run: Run) -> None:
        """Print the head of the table."""
        self.console.print(f"{'':{self.width}}   {'training':<18}   held out")
        self.console.print(f"{'epoch':>{self.width}}{'   loss      accuracy' * 2}")

    def on_epoch_end(self, run: Run, record: dict[str, float]) -> None:
        """Print the line of the epoch."""
        line = f"{f'{run.epoch + 1}/{self.epochs}':>{self.width}}"
        for part in ("", "val_"):
            line += f"   {record[f'{part}loss']:<7.4f}   {100 * record[f'{part}accuracy']:6.2f} %"
        with _above_the_bar(self.progress):
            self.console.print(line)


def _above_the_bar(progress: bool) -> AbstractContextManager[None]:
    if not progress:
        return nullcontext()
    from tqdm.auto import tqdm  # imported only where there is a bar

    above: AbstractContextManager[None] = tqdm.external_write_mode()
    return above
