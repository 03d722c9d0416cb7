"""Plugins in a fresh interpreter, installed as users install them."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile

import pytest
from plugin_making import BUNDLED, SNAKE, files, install, run, snake

COUNT = "import builtins\nbuiltins.loaded = [*getattr(builtins, 'loaded', []), __name__]\n"


def test_wheel_that_pip_installs_gives_its_activation(tmp_path):
    pytest.importorskip("pip", reason="the environment was made without pip")
    wheel, site = tmp_path / "layerkit_snake-1.2-py3-none-any.whl", tmp_path / "site"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, text in files("layerkit-snake", version="1.2").items():
            archive.writestr(path, text)
    command = [sys.executable, "-m", "pip", "install", "--no-index", "--no-deps", "--target", str(site), str(wheel)]
    subprocess.run(command, check=True, capture_output=True, env=os.environ | {"PIP_DISABLE_PIP_VERSION_CHECK": "1"})
    code = """
        import numpy as np
        import layerkit as lk
        model = lk.Sequential(lk.Dense(4, 8), lk.activation("snake"), lk.Dense(8, 1), rng=0)
        print(model.forward(np.ones((2, 4))).shape)
        rows = [row for row in lk.list_activations() if row.distribution == "layerkit-snake"]
        print(*[(row.name, row.distribution, row.version) for row in rows])
    """
    assert run(code, site).splitlines() == ["(2, 1)", "('snake', 'layerkit-snake', '1.2')"]


def test_importing_and_using_builtins_looks_at_no_installed_package(tmp_path):
    install(tmp_path, "zoo-trap", "raise SystemExit('imported')")
    code = """
        import sys
        started_with = set(sys.modules)
        import layerkit as lk
        from layerkit.plugins import find_class
        for name in ("relu", "softmax", "layerkit:mish"):
            lk.activation(name)
        for name in ("relu", "Dense", "layerkit:Sequential", "CrossEntropyLoss", "Glorot"):
            find_class(name)
        lk.layer("Dense", 2, 1), lk.loss("MSELoss")
        lk.optimizer("SGD", lk.Sequential(lk.Dense(2, 1), rng=0))
        print({"importlib.metadata", "zoo_trap"} & (set(sys.modules) - started_with))

        import importlib.metadata
        def spy(*args, **kwargs):
            print("looked")
            return []
        importlib.metadata.entry_points = importlib.metadata.distributions = spy
        lk.activation("tanh")
        print("then")
        lk.list_activations()
    """
    assert run(code, tmp_path).splitlines() == ["set()", "then", "looked"]


def test_one_environment_full_of_faults_still_gives_all_that_works(tmp_path):
    faults = {
        "bad-exit": ("raise SystemExit(3)", "SystemExit: 3."),
        "bad-import": ("import no_such_module", "ModuleNotFoundError: No module named 'no_such_module'."),
        "bad-syntax": ("def broken(:", "SyntaxError: invalid syntax (bad_syntax.py, line 1)."),
        "bad-hook": (SNAKE.replace("def layerkit_activations", "def layerkit_activate"), "unknown hook"),
        "bad-answer": (SNAKE.replace("[Snake]", "Snake"), "must return a list of classes, but returned <class"),
    }
    for name, (source, _) in faults.items():
        install(tmp_path, name, source)
    install(tmp_path, "a-good-one", snake("boa"))
    install(tmp_path, "the-other", snake("cobra"))
    install(tmp_path, "zz-claims", snake("relu"))
    code = """
        import warnings
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            import layerkit as lk
            lk.activation("relu")
            print(len(caught))
            print(lk.activation("boa").name, lk.activation("cobra").name, type(lk.activation("relu")).__name__)
            print(lk.activation("zz-claims:relu").name)
            for warning in caught:
                if " bad-" in str(warning.message) or " zz-claims" in str(warning.message):
                    print(warning.category.__name__, warning.message)
    """
    nothing, names, qualified, *messages = run(code, tmp_path).splitlines()
    assert (nothing, names, qualified) == ("0", "boa cobra ReLU", "relu")
    assert len(messages) == len(faults) + 1
    for name, (_, cause) in faults.items():
        start = f"PluginWarning plugin {name} 1.0 (entry point '{name.replace('-', '_')}') is broken: "
        (message,) = [message for message in messages if message.startswith(start)]
        assert cause in message
    assert messages[-1].endswith("keeps it. Reach the plugin's as 'zz-claims:relu'.")


def test_environment_variables_disable_and_make_faults_errors(tmp_path):
    install(tmp_path, "bad-exit", "raise SystemExit(3)")
    install(tmp_path, "good-one", snake("boa"))
    code = """
        import layerkit as lk
        for name in ("relu", "boa"):
            try:
                print(lk.activation(name).name)
            except lk.errors.LayerkitError as error:
                print(type(error).__name__, error)
    """
    strict = run(code, tmp_path, LAYERKIT_STRICT_PLUGINS="1").splitlines()
    assert strict[0] == "relu"
    assert strict[1].startswith("PluginError plugin bad-exit 1.0 (entry point 'bad_exit') is broken: ")
    assert strict[1].endswith("SystemExit: 3.")
    variables = {"LAYERKIT_STRICT_PLUGINS": "1", "LAYERKIT_DISABLE_PLUGINS": f"{BUNDLED},Bad_Exit"}
    assert run(code, tmp_path, **variables).splitlines() == ["relu", "boa"]
    blocked = run(code, tmp_path, LAYERKIT_DISABLE_PLUGINS="*").splitlines()
    assert blocked[1].startswith("UnknownActivationError no activation is named 'boa'")
    assert "plugin good-one 1.0 (entry point 'good_one'): disabled by LAYERKIT_DISABLE_PLUGINS" in blocked[1]


def test_sixteen_threads_that_look_up_first_load_each_plugin_once(tmp_path):
    pause = "import time\ntime.sleep(0.05)\n"  # long enough for the others to arrive meanwhile
    install(tmp_path, "zoo-slow", COUNT + pause + SNAKE)
    install(tmp_path, "zoo-broken", COUNT + pause + "raise SystemExit(3)")
    code = """
        import builtins, threading, warnings
        import layerkit as lk
        barrier, found = threading.Barrier(16), []
        def work():
            barrier.wait()
            found.append(type(lk.activation("snake")))
        warnings.simplefilter("always")
        with warnings.catch_warnings(record=True) as caught:
            threads = [threading.Thread(target=work) for _ in range(16)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        print(len(found), len(set(found)), sorted(builtins.loaded))
        print(len([warning for warning in caught if "zoo-broken" in str(warning.message)]))
    """
    assert run(code, tmp_path).splitlines() == ["16 1 ['zoo_broken', 'zoo_slow']", "1"]


def test_fifty_plugins_are_loaded_once_each_though_their_directory_is_on_the_path_twice(tmp_path):
    for i in range(50):
        install(tmp_path, f"zoo-{i:02}", COUNT + snake(f"snake{i:02}"))
    link = tmp_path / "link"
    link.symlink_to(tmp_path)
    code = """
        import builtins
        import layerkit as lk
        print([lk.activation(f"snake{i:02}").name for i in range(50)] == [f"snake{i:02}" for i in range(50)])
        print(len([info for info in lk.list_activations() if info.distribution.startswith("zoo-")]))
        print(len(builtins.loaded), len(set(builtins.loaded)))
    """
    assert run(code, tmp_path, link).splitlines() == ["True", "50", "50 50"]
