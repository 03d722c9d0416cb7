"""Each hypothesis about a wrong gradient fits its own mistake and no other."""

import numpy as np
import pytest

import layerkit as lk
from layerkit.testing import activation_checks
from layerkit.testing.diagnosis import UNKNOWN, Suspect, agree, constant_factor, explain, simple_factor, undo

RIGHT = np.array([[1.0, -2.0, 3.0], [0.5, 4.0, -1.5], [2.5, -0.25, 0.75]])
SIZES = {"the number of rows": 5, "the number of elements": 15}


@pytest.mark.parametrize(
    ("found", "mistake", "fix"),
    [
        (-RIGHT, "the sign is wrong", "return -(...)"),
        (1.0005 * RIGHT, "1.0005 times", "divide by 1.0005"),
        (RIGHT / 3, "1/3 times", "multiply by 3"),
        (15 * RIGHT, "1/n is missing, where n = 15 is the number of elements", "return gradient / n"),
        (RIGHT / 5, "divided by n = 5, the number of rows, once too often", "leave out the division"),
        (30 * RIGHT, "n = 15 is the number of elements, and it is 2 times too large besides", "return gradient / n"),
        (RIGHT / 10, "n = 5, the number of rows, once too often, and it is 1/2 times", "leave out"),
        (RIGHT.T, "transposed", "self.cache.T @ grad"),
        (0 * RIGHT, "never set", "parameter.grad"),
        (np.abs(RIGHT), "sign is wrong for a part", "keep the sign"),
        (RIGHT + 2, "too large by 2 everywhere", "return ... - 2"),
        (RIGHT - 1, "too small by 1 everywhere", "return ... + 1"),
        (RIGHT * [1.001, 1.0, 1.002], "too few digits", "to the last digit"),
        (RIGHT * np.nan, "not finite", "np.exp(-np.abs(z))"),
    ],
)
def test_mistake_is_named_with_its_line(found, mistake, fix):
    guess = explain(found, RIGHT, sizes=SIZES)
    assert mistake in guess.mistake
    assert fix in guess.fix


def test_numbers_that_fit_nothing_are_not_explained_away():
    assert explain(RIGHT[::-1] ** 2 + 7 * RIGHT, RIGHT, sizes=SIZES) == UNKNOWN


def test_suspects_come_first_and_in_order():
    suspects = [Suspect(3 * RIGHT, "other", ""), Suspect(-RIGHT, "this", "line"), Suspect(-RIGHT, "later", "")]
    assert explain(-RIGHT, RIGHT, suspects) == ("this", "line")


def test_suspect_that_would_have_been_right_explains_nothing():
    nearly = RIGHT + 1.5e-6 * np.abs(RIGHT).max()
    suspect = Suspect(RIGHT + 0.75e-6 * np.abs(RIGHT).max(), "innocent", "")
    assert explain(nearly, RIGHT, [suspect]).mistake != "innocent"


def test_agreement_needs_shape_and_finite_values():
    assert agree(RIGHT, RIGHT + 1e-7)
    assert not agree(RIGHT, RIGHT[0])
    assert not agree(np.full(2, np.nan), np.ones(2))


def test_constant_factor():
    assert constant_factor(2.5 * RIGHT, RIGHT) == pytest.approx(2.5)
    assert constant_factor(RIGHT + 1, RIGHT) is None
    assert constant_factor(0 * RIGHT, RIGHT) is None
    assert constant_factor(RIGHT, 0 * RIGHT) is None


@pytest.mark.parametrize(
    ("factor", "words", "remedy"),
    [
        (2.0, "2", "divide by 2"),
        (0.5, "1/2", "multiply by 2"),
        (-3.0, "-3", "divide by -3"),
        (1.0005, "1.0005", "divide by 1.0005"),
        (0.3, "0.3", "multiply by 3.33333"),
    ],
)
def test_factors_in_words(factor, words, remedy):
    assert simple_factor(factor) == words
    assert undo(factor) == remedy


def test_network_is_not_blamed_for_a_layer_that_is_wrong_on_its_own():
    class Doubled(lk.Tanh):
        name = "doubled"

        def derivative(self, z):
            return 2 * super().derivative(z)

    (check,) = (check for check in activation_checks(Doubled) if str(check) == "network")
    with pytest.raises(lk.errors.CheckError, match="the layer is wrong on its own already"):
        check()
