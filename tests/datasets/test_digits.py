import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import layerkit
from layerkit.datasets import Digits, digits, load_digits


def test_there_are_1797_images_of_64_pixels_in_the_dtypes_of_the_package():
    X, y = load_digits()
    assert (X.shape, X.dtype) == ((1797, 64), np.float32)
    assert (y.shape, y.dtype) == ((1797,), np.int64)


def test_pixels_go_from_paper_to_ink():
    X, _ = load_digits()
    assert (X.min(), X.max()) == (0, 1)
    assert np.array_equal(X * 16, np.rint(X * 16))


def test_first_image_is_the_zero_that_the_source_lists_first():
    loaded = load_digits()
    assert loaded.y[0] == 0
    assert (loaded.images[0] * 16).astype(int).tolist() == [
        [0, 0, 5, 13, 9, 1, 0, 0],
        [0, 0, 13, 15, 10, 15, 5, 0],
        [0, 3, 15, 2, 0, 11, 8, 0],
        [0, 4, 12, 0, 0, 8, 8, 0],
        [0, 5, 8, 0, 0, 9, 8, 0],
        [0, 4, 11, 0, 1, 12, 7, 0],
        [0, 2, 14, 5, 10, 12, 0, 0],
        [0, 0, 6, 13, 10, 0, 0, 0],
    ]


def test_each_digit_is_there_as_often_as_in_the_source():
    assert np.bincount(load_digits().y).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]


def test_images_are_a_view_of_the_rows():
    loaded = load_digits()
    loaded.images[3, 1, 2] = 0.5
    assert loaded.X[3, 8 * 1 + 2] == 0.5


def test_arrays_are_new_at_each_call():
    load_digits().X[:] = 7
    assert load_digits().X.max() == 1


def test_result_is_a_pair_that_cannot_be_reassigned():
    loaded = load_digits()
    assert isinstance(loaded, Digits)
    assert len(loaded) == 2
    with pytest.raises(AttributeError, match="can't set attribute"):
        loaded.y = loaded.X


def test_file_names_its_source_and_license_without_pickle():
    with np.load(digits._FILE, allow_pickle=False) as file:
        attribution = str(file["attribution"])
    for part in ("Alpaydin", "Kaynak", "1998", "https://doi.org/10.24432/C50P49", "CC BY 4.0", "NIST", "scikit-learn"):
        assert part in attribution
        assert part in digits._FILE.with_name("DIGITS.txt").read_text(encoding="utf-8")


def test_digits_are_loaded_from_a_zipapp(tmp_path):
    package = Path(layerkit.__file__).parent
    app = tmp_path / "app"
    shutil.copytree(package, app / "layerkit", ignore=shutil.ignore_patterns("__pycache__"))
    (app / "__main__.py").write_text(
        "import layerkit\n"
        "from layerkit.datasets import load_digits\n"
        "print(layerkit.__file__, *load_digits().X.shape, load_digits().y[:3])\n"
    )
    archive = tmp_path / "app.pyz"
    subprocess.run([sys.executable, "-m", "zipapp", app, "-o", archive], check=True)
    shutil.rmtree(app)
    done = subprocess.run([sys.executable, archive], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.stderr == ""
    assert done.stdout == f"{archive / 'layerkit' / '__init__.py'} 1797 64 [0 1 2]\n"
