"""
Handwritten digits
==================

A network of two layers learns to read digits in a second or two. At the end we look at the ones that it gets wrong.
"""

import matplotlib.pyplot as plt
import numpy as np

import layerkit as lk
from layerkit.datasets import load_digits, split

# %%
# The data
# --------
#
# layerkit contains 1,797 images of 8 × 8 pixels. `split` holds out a fifth of them for the test, and a fifth of the
# rest for the validation curves below, with the same share of each digit.

rest, (X_test, y_test) = split(*load_digits(), rng=0)
(X, y), validation = split(*rest, rng=0)

fig, axes = plt.subplots(1, 10, figsize=(7, 1))
for digit, ax in enumerate(axes):
    ax.imshow(X[y == digit][0].reshape(8, 8), cmap="gray_r")
    ax.set_axis_off()
plt.show()

# %%
# The network
# -----------
#
# The input is 64 pixels, and the output ten numbers, one for each digit. There is no softmax at the end:
# `CrossEntropyLoss` takes the ten numbers as they are, as logits.

model = lk.Sequential(lk.Dense(64, 64), lk.ReLU(), lk.Dense(64, 10), rng=0)
print(model.summary())

# %%
# Training
# --------
#
# 30 epochs, in batches of 32:

loss = lk.CrossEntropyLoss()
optimizer = lk.Adam(model, learning_rate=0.003)
trainer = lk.Trainer(model, loss, optimizer, rng=0, metrics=[lk.accuracy])
history = trainer.fit(X, y, epochs=30, validation_data=validation)
lk.plots.history(history)
plt.show()

# %%
# Digits that it has not seen
# ---------------------------
#
# The test images have not been used for anything so far, not even to decide when to stop.

scores = model.predict(X_test)
digit = scores.argmax(axis=1)
wrong = np.flatnonzero(digit != y_test)
print(f"{len(wrong)} of {len(y_test)} test digits wrong,")
print(f"accuracy {lk.accuracy(scores, y_test):.1%}")

# %%
# The first ones that it got wrong, with the true digit and the predicted one:

fig, axes = plt.subplots(1, 8, figsize=(7, 1.4))
for ax, sample in zip(axes, wrong, strict=False):
    ax.imshow(X_test[sample].reshape(8, 8), cmap="gray_r")
    ax.set_title(f"{y_test[sample]} as {digit[sample]}", fontsize=10)
for ax in axes:
    ax.set_axis_off()
plt.show()

# %%
# How far to trust the figure
# ---------------------------
#
# It belongs to one division of the images and one draw of the weights. Five others, trained on all images that are not
# for the test, without a validation part:

for seed in range(1, 6):
    rest, (X_test, y_test) = split(*load_digits(), rng=seed)
    model = lk.Sequential(lk.Dense(64, 64), lk.ReLU(), lk.Dense(64, 10), rng=seed)
    optimizer = lk.Adam(model, learning_rate=0.003)
    lk.Trainer(model, loss, optimizer, rng=seed).fit(*rest, epochs=30)
    print(f"rng={seed}: accuracy {lk.accuracy(model.predict(X_test), y_test):.1%}")

# %%
# **In short.** The accuracy on the training images approaches 1, and from then on it carries no information. A single
# figure on held-out images is not the last word either: look at how much the five differ before you call a difference
# of one percent an improvement.
