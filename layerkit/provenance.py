"""Where a class comes from, and the name it is published under."""

from weakref import WeakKeyDictionary

from layerkit.text import one_line

__all__ = ["described", "origin_of", "published_name", "qualified_name", "record_origin"]

# Written when a plugin is loaded: the metadata of an editable installation does not say which modules belong to it.
_distributions: WeakKeyDictionary[type, str] = WeakKeyDictionary()


def published_name(cls: type) -> str:
    """Return the bare name of a class: its attribute `name` where it has one, else the name of the class."""
    name = getattr(cls, "name", "")
    return name if isinstance(name, str) and name else cls.__name__


def origin_of(cls: type) -> str:
    """Return the distribution that publishes a class, or its module where none does."""
    package = cls.__module__.partition(".")[0]
    return package if package == "layerkit" else _distributions.get(cls, cls.__module__)


def qualified_name(cls: type) -> str:
    """Return the name that stands for a class in a configuration: ``"relu"``, or ``"distribution:name"``."""
    origin = origin_of(cls)
    return published_name(cls) if origin == "layerkit" else f"{origin}:{published_name(cls)}"


def described(thing: object) -> str:
    """Return an object on one line, with the distribution or module that its class comes from unless it is layerkit."""
    origin = origin_of(type(thing))
    return one_line(thing) if origin == "layerkit" else f"{one_line(thing)} ({origin})"


def record_origin(cls: type, distribution: str) -> None:
    """Remember which distribution publishes a class; the first one stays."""
    _distributions.setdefault(cls, distribution)
