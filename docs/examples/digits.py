"""
Handwritten digits
==================

A network of two layers learns to read digits in a second or two. What it reads wrong is looked at one by one.
"""

import matplotlib.pyplot as plt
import numpy as np

import layerkit as lk
from layerkit.datasets import load_digits, split

# %%
# The data
# --------
#
# 1,797 images of 8 × 8 pixels ship with layerkit. `split` holds a fifth of them out for the test, and a fifth of the
# others for the curves below, the same share of each digit.

rest, (X_test, y_test) = split(*load_digits(), rng=0)
(X, y), validation = split(*rest, rng=0)

fig, axes = plt.subplots(1, 10, figsize=(7, 1))
for digit, ax in enumerate(axes):
    ax.imshow(X[y == digit][0].reshape(8, 8), cmap="gray_r")
    ax.set_axis_off()

# %%
# The network
# -----------
#
# 64 pixels go in, and ten numbers come out, one for each digit. There is no softmax at the end: `CrossEntropyLoss`
# takes the ten numbers as they are.

model = lk.Sequential(lk.Dense(64, 64), lk.ReLU(), lk.Dense(64, 10), rng=0)
print(model.summary())

# %%
# Training
# --------
#
# 30 times through all images, in batches of 32:

loss = lk.CrossEntropyLoss()
optimizer = lk.Adam(model, learning_rate=0.003)
trainer = lk.Trainer(model, loss, optimizer, rng=0, metrics=[lk.accuracy])
history = trainer.fit(X, y, epochs=30, validation_data=validation)
lk.plots.history(history)

# %%
# On digits it has not seen
# -------------------------
#
# The test images were not looked at until now, not even to decide when to stop.

scores = model.predict(X_test)
digit = scores.argmax(axis=1)
wrong = np.flatnonzero(digit != y_test)
print(f"{len(wrong)} of {len(y_test)} test digits read wrong,")
print(f"{lk.accuracy(scores, y_test):.1%} read right")

# %%
# The first ones that it read wrong, what they are, and what it took them for:

fig, axes = plt.subplots(1, 8, figsize=(7, 1.4))
for ax, sample in zip(axes, wrong, strict=False):
    ax.imshow(X_test[sample].reshape(8, 8), cmap="gray_r")
    ax.set_title(f"{y_test[sample]} as {digit[sample]}", fontsize=10)
for ax in axes:
    ax.set_axis_off()

# %%
# How far to trust the figure
# ---------------------------
#
# It is for one division of the images and one draw of the weights. Five others:

for seed in range(1, 6):
    rest, (X_test, y_test) = split(*load_digits(), rng=seed)
    model = lk.Sequential(lk.Dense(64, 64), lk.ReLU(), lk.Dense(64, 10), rng=seed)
    optimizer = lk.Adam(model, learning_rate=0.003)
    lk.Trainer(model, loss, optimizer, rng=seed).fit(*rest, epochs=30)
    print(f"rng={seed}: {lk.accuracy(model.predict(X_test), y_test):.1%} read right")

# %%
# **What to take along.** The accuracy on the training images comes close to 1 and then says nothing any more. Nor is a
# single figure on held-out images the last word: look at how far the six above lie apart before you call a difference
# of one per cent an improvement.
