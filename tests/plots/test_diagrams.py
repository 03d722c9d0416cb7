import subprocess
import sys
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest
from legibility import contrast

import layerkit as lk
from layerkit.errors import ConfigError

SVG = "{http://www.w3.org/2000/svg}"
WIDEST = 0.63  # of the font size: what a character of a monospaced font takes at most


class Wordy(lk.Dense):
    def __repr__(self):
        return "Attention(heads=8, mask='<&\"\x07漢字', " + ", ".join(f"option_{i}={i}" for i in range(20)) + ")"


def parts(drawing, tag):
    return list(ET.fromstring(drawing).iter(SVG + tag))


def length_of(text):
    return WIDEST * 13 * sum(2 if c in "漢字" else 1 for c in text.text or "")


def words(drawing):
    return [text.text for text in parts(drawing, "text") if text.text]


def network():
    inner = lk.Sequential(lk.Dense(3, 5), lk.Sequential(lk.Tanh(), lk.Dense(5, 1)), rng=0)
    return lk.Sequential(lk.Flatten(), lk.Dense(4, 3), lk.ReLU(), inner, rng=0)


def test_box_says_layer_output_and_parameters():
    shown = words(lk.plots.diagram(network()))
    for layer, facts in (
        ("Flatten()", "output 4"),
        ("Dense(4, 3)", "output 3 · 15 parameters"),
        ("ReLU()", "output 3"),
        ("Dense(3, 5)", "output 5 · 20 parameters"),
        ("Dense(5, 1)", "output 1 · 6 parameters"),
    ):
        assert shown[shown.index(layer) + 1] == facts


def test_arrows_say_the_shapes_between_layers_from_top_to_bottom():
    arrows = [text for text in parts(lk.plots.diagram(network()), "text") if (text.text or "").startswith("(batch")]
    arrows.sort(key=lambda text: float(text.get("y")))
    shapes = ["(batch, ?)", "(batch, 4)", "(batch, 3)", "(batch, 3)", "(batch, 5)", "(batch, 5)", "(batch, 1)"]
    assert [text.text for text in arrows] == shapes


def test_shapes_are_known_in_a_network_that_does_not_know_its_own():
    inner = lk.Sequential(lk.ReLU(), lk.Dropout())
    assert words(lk.plots.diagram(lk.Sequential(lk.Dense(4, 3), inner, rng=0))).count("output 3") == 2
    assert words(lk.plots.diagram(inner)).count("output ?") == 2
    assert words(lk.plots.diagram(inner)).count("(batch, ?)") == 3


class Image(lk.Layer):
    def __init__(self, *shape):
        self.input_shape = shape

    def forward(self, x, training=True, out=None):
        return x

    def backward(self, grad, out=None):
        return grad


def test_shape_of_several_axes_is_written_out():
    shown = words(lk.plots.diagram(lk.Sequential(Image(8, 8), lk.Flatten())))
    assert shown.count("(batch, 8, 8)") == 2
    assert "output 8 × 8" in shown
    assert "output 64" in shown


def frame(rect):
    left, top, width, height = (float(rect.get(name)) for name in ("x", "y", "width", "height"))
    return left, top, left + width, top + height


def test_network_in_a_network_is_a_frame_around_its_boxes():
    drawing = lk.plots.diagram(network())
    frames = [frame(rect) for rect in parts(drawing, "rect") if rect.get("stroke-dasharray")]
    boxes = [frame(rect) for rect in parts(drawing, "rect") if not rect.get("stroke-dasharray")]
    inside = [
        sum(outer[0] < box[0] and outer[1] < box[1] and outer[2] > box[2] and outer[3] > box[3] for box in boxes)
        for outer in frames
    ]
    assert inside == [3, 2]
    outer, inner = frames
    assert outer[0] < inner[0] < inner[2] < outer[2]
    assert outer[1] < inner[1] < inner[3] < outer[3]
    assert {"Sequential, 26 parameters", "Sequential, 6 parameters"} <= set(words(drawing))
    boxes.sort(key=lambda box: box[1])
    assert all(upper[3] < lower[1] for upper, lower in pairwise(boxes))


class Wide(lk.Linear):
    def __repr__(self):
        return "漢字" * 22


class NetworkWithANameThatIsLongerThanAnythingInIt(lk.Sequential):
    pass


NAMED = lk.Sequential(NetworkWithANameThatIsLongerThanAnythingInIt(lk.ReLU()))
HUGE = lk.Sequential(lk.Sequential(Image(100000, 100000, 100000, 100000), lk.ReLU()), lk.Flatten())


@pytest.mark.parametrize("model", [network(), lk.Tanh(), Wordy(2, 1), HUGE, Wide(), NAMED])
def test_no_text_is_cut_off_in_a_font_as_wide_as_any(model):
    drawing = ET.fromstring(lk.plots.diagram(model))
    left, top, width, height = map(float, drawing.get("viewBox").split())
    for text in drawing.iter(SVG + "text"):
        length = length_of(text)
        middle = text.get("text-anchor") == "middle"
        start = -length / 2 if middle else float(text.get("x"))
        assert left <= start
        assert start + length <= left + width
        assert top + 10 <= float(text.get("y")) <= top + height - 4


@pytest.mark.parametrize("model", [network(), HUGE, lk.Sequential(Wordy(2, 1)), Wide(), NAMED])
def test_no_text_crosses_the_edge_of_its_box_or_frame(model):
    drawing = lk.plots.diagram(model)
    rects = [frame(rect) for rect in parts(drawing, "rect")]
    for text in parts(drawing, "text"):
        length = length_of(text)
        start = -length / 2 if text.get("text-anchor") == "middle" else float(text.get("x"))
        y = float(text.get("y"))
        for left, top, right, bottom in rects:
            if top < y < bottom:
                assert left < start
                assert start + length < right


def test_colours_stand_out_on_white_and_on_black_and_white_letters_on_them():
    drawing = lk.plots.diagram(lk.Sequential(lk.Sequential(lk.Dense(2, 2), lk.ReLU(), lk.Dropout())))
    fills = {rect.get("fill") for rect in parts(drawing, "rect")} - {"none"}
    ink = {text.get("fill") for text in parts(drawing, "text")} - {"white"}
    assert (len(fills), len(ink)) == (3, 1)
    assert all(contrast(fill, "#ffffff") >= 4.5 for fill in fills)
    assert all(contrast(fill, "#000000") >= 3 for fill in fills)
    assert all(contrast(*ink, ground) >= 4.5 for ground in ("#ffffff", "#000000"))
    lines = {rect.get("stroke") for rect in parts(drawing, "rect")} - {None}
    assert lines == ink


def test_single_layer_is_drawn_with_what_goes_in_and_out():
    assert words(lk.plots.diagram(lk.Dense(1000, 2))) == [
        "(batch, 1000)",
        "(batch, 2)",
        "Dense(1000, 2)",
        "output 2 · 2,002 parameters",
    ]


def test_drawing_without_a_model_has_a_repr():
    assert repr(lk.plots.Diagram("<svg/>")) == "<Diagram of a model>"


def test_long_description_is_wrapped_and_whole_in_the_tooltip():
    drawing = lk.plots.diagram(Wordy(2, 1))
    lines = [text.text for text in parts(drawing, "text") if text.get("font-weight") == "bold"]
    assert len(lines) == 2
    assert lines[1].endswith("…")
    assert max(map(len, lines)) <= 44
    (box,) = [group.find(SVG + "title").text for group in parts(drawing, "g")]
    assert box.startswith("Attention(heads=8, mask='<&\"\ufffd漢字', option_0=0")
    assert box.endswith("option_19=19)")


def test_box_learns_acts_or_does_something_else():
    boxes = parts(lk.plots.diagram(lk.Sequential(lk.Dense(2, 2), lk.ReLU(), lk.Dropout())), "rect")
    assert len({box.get("fill") for box in boxes}) == 3


def test_one_parameter_is_not_called_parameters():
    assert "output 1 · 1 parameter" in words(lk.plots.diagram(lk.Dense(1, 1, bias=False)))


def test_drawing_has_neither_ids_nor_a_background():
    # several of them on one page must not get at each other, and the page may be dark
    drawing = lk.plots.diagram(network())
    assert "id=" not in drawing.replace("width=", "")
    _, _, width, _ = map(float, ET.fromstring(drawing).get("viewBox").split())
    assert all(float(rect.get("width")) < width for rect in parts(drawing, "rect") if rect.get("fill") != "none")


def test_notebook_and_file_get_the_same_svg(tmp_path):
    drawing = lk.plots.diagram(network())
    drawing.save(tmp_path / "model.svg")
    assert (tmp_path / "model.svg").read_text(encoding="utf-8") == drawing._repr_svg_() == drawing
    assert repr(drawing) == "<Diagram of Sequential, 41 parameters>"
    assert ET.fromstring(drawing).find(SVG + "title").text == "Sequential, 41 parameters"


def test_what_is_no_layer_is_refused():
    with pytest.raises(ConfigError, match="model must be a network or a layer, got 'model'"):
        lk.plots.diagram("model")


def test_diagram_needs_no_matplotlib():
    code = "import sys, layerkit as lk; lk.plots.diagram(lk.ReLU()); sys.exit('matplotlib' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
