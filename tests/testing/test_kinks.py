"""Jumps are found, and named where they are; steep is not a jump."""

import numpy as np
import pytest

from layerkit.testing.kinks import find_jumps


def jumps(f, known=(), seed=0):
    return find_jumps(f, np.random.default_rng(seed), known)


@pytest.mark.parametrize("place", [0.0, 0.3, -7.77, 19.123, 500.0])
def test_jump_is_found_where_it_is(place):
    (jump,) = jumps(lambda z: np.where(z > place, 2.0, -1.0))
    assert jump.at == pytest.approx(place, abs=1e-8)
    assert (jump.before, jump.after) == (-1.0, 2.0)


def test_several_jumps_in_order():
    assert [jump.at for jump in jumps(lambda z: np.clip(np.floor(z / 2), -2, 2))] == [-2.0, 0.0, 2.0, 4.0]


@pytest.mark.parametrize("f", [np.tanh, np.sin, np.exp, lambda z: np.tanh(1e5 * z), np.abs, lambda z: z**3])
def test_smooth_steep_and_bent_functions_do_not_jump(f):
    with np.errstate(all="ignore"):
        assert jumps(f) == []


def test_known_jumps_are_not_reported_others_are():
    def f(z):
        return (z > 1.0) * 1.0 + (z > 1.015) * 1.0

    assert [jump.at for jump in jumps(f, known=(1.0,))] == [1.015]
    assert jumps(f, known=(1.0, 1.015)) == []


def test_rounding_noise_is_no_jump():
    assert jumps(lambda z: np.sin(z) + 1e-9 * np.sign(np.sin(1e6 * z))) == []
