"""Neural networks you can read: layers with an explicit forward and backward in plain NumPy, every derivative verified.

A public name is imported at its first use, so that ``import layerkit`` takes a few milliseconds.
"""

import lazy_loader

__version__ = "0.1.0"

# What __init__.pyi tells editors and type checkers; a test compares the two.
__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submodules=["datasets", "errors", "initializers", "plots", "testing"],
    submod_attrs={
        "activations": [
            "ELU",
            "SELU",
            "Activation",
            "LeakyReLU",
            "LearnedActivation",
            "Linear",
            "Mish",
            "ReLU",
            "Sigmoid",
            "SiLU",
            "Softplus",
            "Tanh",
        ],
        "layers": ["Dense", "Dropout", "Flatten", "Layer", "Softmax"],
        "losses": ["BCEWithLogitsLoss", "CrossEntropyLoss", "HuberLoss", "JointLoss", "Loss", "MAELoss", "MSELoss"],
        "network": ["Parallel", "Residual", "Sequential"],
        "optimizers": ["SGD", "Adam", "AdamW", "Optimizer"],
        "parameter": ["Parameter", "Randomness"],
        "plugins": [
            "activation",
            "disable_plugin",
            "enable_plugin",
            "hookimpl",
            "layer",
            "list_activations",
            "list_classes",
            "loss",
            "optimizer",
            "register",
            "require_plugins",
            "unregister",
        ],
        "profiling": ["Profile", "profile"],
        "tracing": ["Trace", "trace"],
        "training": [
            "Callback",
            "ConstantSchedule",
            "CosineSchedule",
            "EarlyStopping",
            "History",
            "LearningRateSchedule",
            "Run",
            "StepSchedule",
            "Trainer",
            "WarmupSchedule",
            "accuracy",
            "batches",
            "r2",
        ],
    },
)
