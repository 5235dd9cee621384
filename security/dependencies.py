"""Which installed distributions Guichet needs when it runs."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, distribution

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PRODUCT = "guichet"


def needed(extras: Iterable[str] = ()) -> dict[str, str]:
    """Version of everything that an installation with these extras brings, by canonical name, without Guichet itself.

    Read from what is installed here; markers are those of this Python and platform. Raises LookupError for a
    dependency that is not installed.
    """
    wanted: dict[str, frozenset[str]] = {}
    waiting = [(PRODUCT, frozenset(extras))]
    versions = {}
    while waiting:
        name, given = waiting.pop()
        key = canonicalize_name(name)
        if key in wanted and given <= wanted[key]:
            continue
        wanted[key] = wanted.get(key, frozenset()) | given
        try:
            found = distribution(name)
        except PackageNotFoundError as error:
            raise LookupError(name) from error
        versions[str(key)] = found.version
        for line in found.requires or ():
            requirement = Requirement(line)
            if applies(requirement, wanted[key]):
                waiting.append((requirement.name, frozenset(requirement.extras)))
    versions.pop(PRODUCT)
    return dict(sorted(versions.items()))


def applies(requirement: Requirement, extras: Iterable[str]) -> bool:
    """Whether a requirement holds on this machine with one of these extras, or without any."""
    marker = requirement.marker
    return marker is None or any(marker.evaluate({"extra": extra}) for extra in ("", *extras))
