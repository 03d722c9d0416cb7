"""
Two spirals
===========

Two classes that are wound around each other, and how networks of three sizes divide the plane between them.
"""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import LinearSegmentedColormap

import layerkit as lk

# %%
# The data
# --------
#
# Points on two spirals with a little noise, so that the classes touch. There are 400 for training, and 2,000 others for
# the test.


def spirals(samples, rng):
    """Return points and, in a column, the arm of each, 0 or 1."""
    arm = rng.integers(2, size=samples)
    radius = np.sqrt(rng.uniform(0.02, 1, samples))
    angle = 3.5 * np.pi * radius + np.pi * arm
    points = radius * np.array([np.cos(angle), np.sin(angle)])
    return points.T + rng.normal(0, 0.04, (samples, 2)), arm[:, None]


rng = np.random.default_rng(0)
X, y = spirals(400, rng)
X_test, y_test = spirals(2000, rng)

# %%
# Three networks
# --------------
#
# The network has one output, which is above 0 for one arm and below 0 for the other. `BCEWithLogitsLoss` takes it as it
# is, without a sigmoid. The first network is linear, the second has many hidden units in one layer, and the third has
# few units in each of two layers.

Dense, Tanh = lk.Dense, lk.Tanh
models = {
    "linear": lk.Sequential(Dense(2, 1), rng=1),
    "256 hidden units": lk.Sequential(Dense(2, 256), Tanh(), Dense(256, 1), rng=1),
    "16 and 16": lk.Sequential(
        Dense(2, 16), Tanh(), Dense(16, 16), Tanh(), Dense(16, 1), rng=1
    ),
}
for name, model in models.items():
    print(f"{name:17s} {model.parameter_vector.size:6,} parameters")

# %%
# All are trained in the same way, with a learning rate that falls to 0 along half a cosine:

epochs = 300
for name, model in models.items():
    schedule = lk.CosineSchedule(0.01, epochs)
    trainer = lk.Trainer(
        model,
        lk.BCEWithLogitsLoss(),
        lk.Adam(model),
        rng=2,
        metrics=[lk.accuracy],
    )
    history = trainer.fit(
        X, y, epochs=epochs, callbacks=[lk.LearningRateSchedule(schedule)]
    )
    held_out = lk.accuracy(model.predict(X_test), y_test)
    print(f"{name:17s} training points {history['accuracy'][-1]:6.1%}", end="")
    print(f"   held out {held_out:6.1%}")

# %%
# The plane as they see it
# ------------------------
#
# The predictions for every point of the plane. The color is the predicted class, and the paler it is, the closer the
# probability is to one half.

colors = LinearSegmentedColormap.from_list(
    "odds", ["#0072B2E0", "#0072B200", "#D55E0000", "#D55E00E0"]
)
line = np.linspace(-1.15, 1.15, 150)
plane = np.stack(np.meshgrid(line, line), axis=-1).reshape(-1, 2)

fig, axes = plt.subplots(1, 3, figsize=(9, 3.4))
for ax, (name, model) in zip(axes, models.items(), strict=True):
    probability = 1 / (1 + np.exp(-model.predict(plane)))
    ax.imshow(
        probability.reshape(150, 150),
        cmap=colors,
        vmin=0,
        vmax=1,
        origin="lower",
        extent=(-1.15, 1.15, -1.15, 1.15),
        interpolation="bilinear",
    )
    for arm, color in enumerate(["#0072B2", "#D55E00"]):
        points = X[y[:, 0] == arm]
        ax.plot(*points.T, "o", markersize=3, color=color, mec="white", mew=0.4)
    ax.set_title(name, fontsize=11)
    ax.set_axis_off()
plt.show()

# %%
# **In short.** The linear model can only draw a straight line, and no line separates spirals. One hidden layer bends
# the line, but each of its units works along one straight direction. A second layer bends what is bent already: with a
# third of the parameters, it finds the spirals. A confident prediction means little where there are no training points:
# the corners have full color, too.
