"""Layers written with public names only compose, train, predict, pickle and pass the checks, alone and in networks."""

from __future__ import annotations

import ast
import copy
import json
import pickle
from pathlib import Path

import numpy as np
import pytest
from contracts import author_layers
from contracts.author_layers import (
    CLASSES,
    Attention,
    BatchNorm,
    Block,
    Conv1D,
    Embedding,
    Identity,
    MaskedMean,
    Recurrent,
)
from contracts.networks import CASES

import layerkit as lk
from layerkit.batch import arrays, each, rows, take
from layerkit.errors import ConfigError, StateError


def as_floats(batch, dtype):
    return each(lambda a: a.astype(dtype) if a.dtype.kind == "f" else a, batch)


def equal(a, b):
    return all(np.array_equal(x, y) for x, y in zip(arrays(a), arrays(b), strict=True))


@pytest.fixture(params=CASES)
def case(request):
    return CASES[request.param]


def made(case, dtype=np.float64, rng=3):
    """A network, its loss, and a batch of eight rows."""
    x, y = case.data(np.random.default_rng(5))
    model = lk.Sequential(case.build(), dtype=dtype, rng=rng)
    x, y = take((as_floats(x, dtype), as_floats(y, dtype)), slice(0, 8))
    return model, case.loss(), x, y


def test_author_layers_import_nothing_but_numpy_and_layerkit():
    tree = ast.parse(Path(author_layers.__file__).read_text("utf-8"))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    assert imported == {"numpy", "layerkit"}
    private = [node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr.startswith("_")]
    assert private == []


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (Identity(), (4,)),
        (Embedding(7, 4), (5,)),
        (Conv1D(3, 2, 4), (10, 2)),
        (Attention(6), ((5, 6), (5,))),
        (Block(4), ((5, 4), (5,))),
        (MaskedMean(), ((5, 4), (5,))),
        (Recurrent(4, 6), (5, 4)),
        (BatchNorm(5), (5,)),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, lk.Layer) else "",
)
def test_layer_passes_the_checks(layer, shape):
    lk.testing.check_layer(layer, shape)


def test_gradients_of_parameters_and_inputs_are_those_of_differences(case):
    model, loss, x, y = made(case)
    weight = np.random.default_rng(1).uniform(0.1, 1.0, 8)
    start, rng = copy.deepcopy(model), np.random.default_rng(0)

    def value(vector, inputs):
        network = copy.deepcopy(start)  # with the generators and running statistics as they were
        network.parameter_vector[:] = vector
        return float(loss.forward(network.forward(inputs), y, weight))

    vector = model.parameter_vector.copy()
    loss.forward(model.forward(x), y, weight)
    input_grad, gradient = model.backward(loss.backward()), model.gradient_vector.copy()
    for i in rng.choice(len(vector), min(40, len(vector)), replace=False):
        step = np.zeros_like(vector)
        step[i] = 1e-6
        slope = (value(vector + step, x) - value(vector - step, x)) / 2e-6
        assert abs(slope - gradient[i]) < 1e-7
    for k, (array, grad) in enumerate(zip(arrays(x), arrays(input_grad), strict=True)):
        if array.dtype.kind != "f":
            assert grad is None
            continue
        for _ in range(8):
            place, ends = tuple(rng.integers(0, n) for n in array.shape), []
            for change in (1e-6, -1e-6):
                moved = copy.deepcopy(x)
                arrays(moved)[k][place] += change
                ends.append(value(vector, moved))
            assert abs((ends[0] - ends[1]) / 2e-6 - grad[place]) < 1e-7


def test_parameter_gradients_do_not_need_the_input_gradient(case):
    model, loss, x, y = made(case)
    other = copy.deepcopy(model)
    loss.forward(model.forward(x), y)
    model.backward(loss.backward())
    loss.forward(other.forward(x), y)
    assert other.backward(loss.backward(), input_grad=False) is None
    np.testing.assert_array_equal(other.gradient_vector, model.gradient_vector)


def test_prediction_writes_nothing_on_any_layer(case):
    model, _, x, _ = made(case)
    model.forward(x, training=False)
    before = [pickle.dumps(layer) for _, layer in model.walk()]
    model.forward(x, training=False)
    model.predict(x)
    assert [pickle.dumps(layer) for _, layer in model.walk()] == before


def test_passes_change_no_argument(case):
    model, loss, x, y = made(case)
    x_before, y_before = copy.deepcopy((x, y))
    loss.forward(model.forward(x), y)
    grad = loss.backward()
    grad_before = copy.deepcopy(grad)
    model.backward(grad)
    assert equal(x, x_before)
    assert equal(y, y_before)
    assert equal(grad, grad_before)


def test_one_generator_at_the_top_makes_everything_reproducible(case):
    (one, _, x, _), (two, _, _, _) = made(case), made(case)
    np.testing.assert_array_equal(one.parameter_vector, two.parameter_vector)
    for _ in range(3):
        assert equal(one.forward(x), two.forward(x))


def test_copies_and_pickles_have_their_own_vectors_and_no_pass(case):
    model, loss, x, y = made(case)
    loss.forward(model.forward(x), y)
    for other in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert equal(other.forward(x, training=False), model.forward(x, training=False))
        assert not np.shares_memory(other.parameter_vector, model.parameter_vector)
        with pytest.raises(StateError, match="no forward pass"):
            other.backward(loss.backward())


def test_configuration_rebuilds_the_network(case):
    model, loss, x, _ = made(case)
    config = json.loads(json.dumps(model.to_config()))
    other = lk.Sequential.from_config(config, classes=CLASSES, rng=3)
    np.testing.assert_array_equal(other.parameter_vector, model.parameter_vector)
    assert equal(other.forward(x, training=False), model.forward(x, training=False))
    assert other.to_config() == model.to_config()
    assert type(loss).from_config(json.loads(json.dumps(loss.to_config()))).to_config() == loss.to_config()


def test_output_has_the_declared_shape(case):
    model, _, x, _ = made(case)
    declared = model.output_shape(each(lambda a: a.shape[1:], x))
    result = model.forward(x, training=False)
    shapes = declared if isinstance(result, tuple) else (declared,)
    assert tuple(array.shape[1:] for array in arrays(result)) == shapes


def test_vectors_of_a_part_are_within_those_of_the_whole(case):
    model, *_ = made(case)
    whole = model.parameter_vector
    part = model[0]
    assert np.shares_memory(part.parameter_vector, whole)
    np.testing.assert_array_equal(part.parameter_vector, whole)


def test_trains_in_float32_through_the_trainer(case):
    x, y = case.data(np.random.default_rng(5))
    model = lk.Sequential(case.build(), rng=0)
    trainer = lk.Trainer(model, case.loss(), lk.Adam(model, 0.01), rng=0)
    history = trainer.fit(x, y, epochs=60, batch_size=8)
    assert history["loss"][-1] < 0.9 * history["loss"][0]
    prediction = model.predict(x, batch_size=7)
    assert rows(prediction) == rows(x)
    assert {array.dtype for array in arrays(prediction)} == {np.dtype(np.float32)}


def test_open_loop_and_trainer_take_the_same_steps(case):
    x, y = case.data(np.random.default_rng(5))
    models = [lk.Sequential(case.build(), rng=0) for _ in range(2)]
    loss, optimizer = case.loss(), lk.SGD(models[0], 0.05, momentum=0.9)
    rng = np.random.default_rng(7)
    for _ in range(2):
        for a, b in lk.batches(as_floats(x, np.float32), as_floats(y, np.float32), batch_size=8, rng=rng):
            loss.forward(models[0].forward(a), b)
            models[0].backward(loss.backward(), input_grad=False)
            optimizer.step()
    trainer = lk.Trainer(models[1], case.loss(), lk.SGD(models[1], 0.05, momentum=0.9), rng=7)
    trainer.fit(x, y, epochs=2, batch_size=8)
    np.testing.assert_array_equal(models[0].parameter_vector, models[1].parameter_vector)


def test_large_integers_reach_an_embedding_as_they_are():
    seen = []

    class Spy(Identity):
        input_dtype = "integer"

        def forward(self, x, training=True):
            seen.append(x)
            return np.zeros((len(x), 1), np.float32)

        def output_shape(self, shape):
            return (1,)

    lk.Sequential(Spy(), lk.Dense(1, 1)).predict(np.array([2**24 + 1, 2**53 + 1]))
    assert seen[0].tolist() == [2**24 + 1, 2**53 + 1]


def test_length_may_vary_from_batch_to_batch():
    model = lk.Sequential(Recurrent(4, 6), lk.Dense(6, 3), rng=0)
    for length in (1, 5, 60, 7):
        assert model.forward(np.ones((2, length, 4))).shape == (2, 3)
        assert model.backward(np.ones((2, 3), np.float32)).shape == (2, length, 4)


def test_names_of_parameters_are_paths():
    model = lk.Sequential(lk.Parallel(Embedding(7, 6), Identity(), inputs="each", join="tuple"), Block(6), rng=0)
    assert list(model.named_parameters()) == [
        "0.0.table",
        *(f"1.attention.{name}" for name in ("query", "key", "value", "output")),
        *(f"1.feed.{i}.{name}" for i in (0, 2) for name in ("weight", "bias")),
    ]


def test_a_gradient_of_none_zeroes_the_parameters_that_it_reaches():
    model = lk.Sequential(lk.Parallel(lk.Dense(3, 2), lk.Dense(3, 2), join="tuple"), rng=0)
    model.forward(np.ones((4, 3)))
    model.gradient_vector[:] = 9.0
    model.backward((np.ones((4, 2), np.float32), None))
    first, second = model[0].branches
    assert first.weight.grad.any()
    assert not second.weight.grad.any()
    assert not second.bias.grad.any()


def test_a_whole_composed_into_float64_takes_its_inner_networks_along():
    block = Block(4)
    model = lk.Sequential(block, dtype=np.float64, rng=0)
    weight = block.feed[0].weight
    assert weight.value.dtype == block.feed.dtype == np.float64
    for other in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        np.testing.assert_array_equal(other[0].feed[0].weight.value, weight.value)


def test_the_same_layer_twice_is_refused():
    layer = Recurrent(4, 4)
    with pytest.raises(ConfigError, match="used twice"):
        lk.Sequential(layer, layer)
