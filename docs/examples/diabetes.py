"""
Regression on 442 patients
==========================

Predicting the progression of a disease within a year from ten measurements. The network is compared with linear
regression on ten different divisions of the patients, because a single comparison would say little.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_diabetes

import layerkit as lk
from layerkit.datasets import split

# %%
# The data
# --------
#
# Age, sex, body mass index, blood pressure and six values of the blood serum of 442 diabetes patients, and a measure of
# the progression of their disease one year later. The data are those of Efron, Hastie, Johnstone and Tibshirani,
# *Least Angle Regression* (2004), as scikit-learn ships them.

X, y = load_diabetes(return_X_y=True, scaled=False)
print(f"{len(X)} patients, progression from {y.min():g} to {y.max():g}")

# %%
# A fifth of the patients is held out for the test, and a fifth of the rest for validation, which decides when to stop.
# Networks learn best from numbers around 0 and of a size around 1, so measurements and targets are standardized, with
# the mean and the standard deviation of the training part only.


def standardize(parts):
    """Standardize all parts by the first one, and make the targets columns."""
    X, y = parts[0]
    return [
        ((x - X.mean(axis=0)) / X.std(axis=0), (t[:, None] - y.mean()) / y.std())
        for x, t in parts
    ]


def three_parts(rng):
    """Return the training, validation and test parts."""
    rest, test = split(X, y, held_out=0.2, rng=rng)
    train, validation = split(*rest, held_out=0.2, rng=rng)
    return standardize([train, validation, test])


print(*(f"{len(x)} patients" for x, _ in three_parts(rng=0)), sep=", ")

# %%
# Training
# --------
#
# The targets are numbers, so the output layer has no activation and the loss is the mean squared error. `EarlyStopping`
# ends the training when the validation loss has not fallen for 20 epochs, and restores the best parameters.


def train(model, parts, rng):
    """Train until the validation loss no longer falls."""
    optimizer = lk.AdamW(model, learning_rate=0.005, weight_decay=0.01)
    trainer = lk.Trainer(model, lk.MSELoss(), optimizer, rng=rng)
    stop = lk.EarlyStopping(patience=20)
    return trainer.fit(
        *parts[0], epochs=300, validation_data=parts[1], callbacks=[stop]
    )


def network(rng):
    """Return a network with 32 hidden units."""
    return lk.Sequential(lk.Dense(10, 32), lk.Tanh(), lk.Dense(32, 1), rng=rng)


parts = three_parts(rng=0)
model = network(rng=0)
history = train(model, parts, rng=0)
print(f"stopped after {history.epochs} epochs")
lk.plots.history(history)
plt.show()

# %%
# Patients that it has not seen
# -----------------------------

X_test, y_test = parts[2]
prediction = model.predict(X_test)
print(f"R² on {len(y_test)} patients: {lk.r2(prediction, y_test):.2f}")

# sphinx_gallery_thumbnail_number = 2
fig, ax = plt.subplots(figsize=(4.5, 4))
ax.plot(y_test, prediction, "o", markersize=4)
ax.axline((0, 0), slope=1, color="gray", linewidth=1)
ax.set_aspect("equal")
ax.set_xlabel("progression, standardized")
ax.set_ylabel("predicted")
plt.show()

# %%
# Ten divisions
# -------------
#
# Another 88 patients would give another figure. And does the hidden layer help at all? A `Dense` layer on its own is
# linear regression, so both models can be trained in the same way, on ten divisions of the patients:


def linear(rng):
    """Return linear regression."""
    return lk.Sequential(lk.Dense(10, 1), rng=rng)


scores = {linear: [], network: []}
for seed in range(10):
    parts = three_parts(rng=seed)
    for build, found in scores.items():
        model = build(rng=seed)
        train(model, parts, rng=seed)
        found.append(lk.r2(model.predict(parts[2][0]), parts[2][1]))

for build, found in scores.items():
    mean, spread = np.mean(found), np.std(found, ddof=1)
    print(f"{build.__name__:8s} R² {mean:.2f} ± {spread:.2f}", end="   ")
    print(f"from {min(found):.2f} to {max(found):.2f}")

# %%
# **In short.** The two models differ by less than each of them does from one division of the patients to the next: with
# 442 samples, and ten measurements whose effects mostly add up, a hidden layer finds nothing that linear regression
# does not. Begin with the smallest model, keep a test part that decides nothing, and measure several times before you
# believe in a difference.
