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
# 1,797 images of 8 × 8 pixels ship with layerkit. `split` holds a fifth of them out, the same share of each digit.

(X, y), (X_test, y_test) = split(*load_digits(), rng=0)
X.shape, X_test.shape

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

loss = lk.CrossEntropyLoss()
optimizer = lk.Adam(model, learning_rate=0.003)
trainer = lk.Trainer(model, loss, optimizer, rng=0, metrics=[lk.accuracy])
history = trainer.fit(X, y, epochs=30)
history

# %%
# On digits it has not seen
# -------------------------
#
# The held-out images were not looked at until now, not even to decide when to stop.

scores = model.predict(X_test)
digit = scores.argmax(axis=1)
wrong = np.flatnonzero(digit != y_test)
print(f"{len(wrong)} of {len(y_test)} held-out digits read wrong,")
print(f"{lk.accuracy(scores, y_test):.1%} read right")

# %%
# What it read wrong, and for what:

fig, axes = plt.subplots(1, 8, figsize=(7, 1.4))
for ax, sample in zip(axes, wrong, strict=False):
    ax.imshow(X_test[sample].reshape(8, 8), cmap="gray_r")
    ax.set_title(f"{y_test[sample]} as {digit[sample]}", fontsize=10)
for ax in axes:
    ax.set_axis_off()
