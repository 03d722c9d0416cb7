"""Whether a picture can be read: nothing cut off, nothing on top of another, colors that stand out."""

from itertools import combinations

SLACK = 0.5  # pixels, of rounding


def contrast(first, second):
    """Return the contrast of two colors, from 1 to 21, as WCAG 2.1 defines it."""

    def luminance(color):
        parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    bright, dark = sorted((luminance(first), luminance(second)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def shown_texts(ax):
    """Return the texts of Axes that are seen: of the ticks, those in the range that is drawn."""
    ticks = [
        tick.label1
        for axis in (ax.xaxis, ax.yaxis)
        for tick in axis.get_major_ticks()
        if min(axis.get_view_interval()) <= tick.get_loc() <= max(axis.get_view_interval())
    ]
    legend = ax.get_legend()
    every = [*ax.texts, ax.title, ax.xaxis.label, ax.yaxis.label, *ticks, *(legend.get_texts() if legend else [])]
    return [text for text in every if text.get_visible() and text.get_text().strip()]


def troubles(figure):
    """Return what is wrong with the texts of a figure, as lines; none if all can be read."""
    figure.canvas.draw()
    frames = [_smaller(ax.get_window_extent()) for ax in figure.axes]
    boxes = [(text, text.get_window_extent()) for ax in figure.axes for text in shown_texts(ax)]
    edge = figure.bbox
    lines = [
        f"{text.get_text()!r} is cut off"
        for text, box in boxes
        if box.x0 < edge.x0 - SLACK or box.y0 < edge.y0 - SLACK or box.x1 > edge.x1 + SLACK or box.y1 > edge.y1 + SLACK
    ]
    for text, box in boxes:
        on = [frame for frame in frames if frame.overlaps(box)]
        if text.get_ha() == text.get_va() == "center" and text in text.axes.texts:  # written into its frame
            on = [frame for frame in on if not (frame.containsx(box.x0) and frame.containsx(box.x1))]
        lines += [f"{text.get_text()!r} lies on a frame"] * len(on)
    return lines + [
        f"{first.get_text()!r} lies on {second.get_text()!r}"
        for (first, one), (second, other) in combinations(boxes, 2)
        if _smaller(one).overlaps(_smaller(other))
    ]


def _smaller(box):
    return box.padded(-SLACK)
