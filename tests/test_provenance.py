"""Where a class comes from, and what it is called in a configuration."""

import gc
import weakref

import layerkit as lk
from layerkit.provenance import origin_of, published_name, qualified_name, record_origin


class Named(lk.ReLU):
    name = "named"


class Unnamed(lk.Dense):
    pass


def test_name_is_that_of_the_class_or_its_attribute():
    assert published_name(lk.ReLU) == "relu"
    assert published_name(Named) == "named"
    assert published_name(lk.Dense) == "Dense"
    assert published_name(Unnamed) == "Unnamed"
    assert published_name(lk.MSELoss) == "MSELoss"


def test_name_that_is_no_text_is_not_taken():
    class Odd:
        name = 3

    class Property:
        @property
        def name(self):
            return "of an object"

    assert (published_name(Odd), published_name(Property)) == ("Odd", "Property")


def test_origin_is_the_package_the_distribution_or_the_module():
    assert origin_of(lk.Dense) == origin_of(lk.Sequential) == "layerkit"
    assert origin_of(Named) == Named.__module__

    class Published(lk.ReLU):
        name = "published"

    record_origin(Published, "layerkit-published")
    record_origin(Published, "layerkit-other")  # which only imports it
    assert origin_of(Published) == "layerkit-published"
    assert qualified_name(Published) == "layerkit-published:published"


def test_built_in_class_needs_no_qualification_and_cannot_be_claimed():
    record_origin(lk.Tanh, "layerkit-impostor")
    assert qualified_name(lk.Tanh) == "tanh"
    assert qualified_name(lk.Dense) == "Dense"
    assert qualified_name(Named) == f"{Named.__module__}:named"


def test_subclass_is_not_published_with_its_base():
    class Base(lk.ReLU):
        pass

    class Derived(Base):
        pass

    record_origin(Base, "layerkit-base")
    assert origin_of(Derived) == Derived.__module__


def test_record_keeps_no_class_alive():
    def made():
        cls = type("Gone", (), {})
        record_origin(cls, "layerkit-gone")
        return weakref.ref(cls)

    gone = made()
    gc.collect()
    assert gone() is None
