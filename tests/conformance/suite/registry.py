# SPDX-License-Identifier: Apache-2.0
"""The cases: each a function, with the sentence of the specification that it stands for."""

import collections

Case = collections.namedtuple('Case', 'id level file section quote function')
CASES = []


class Failed(Exception):
    """The observation contradicts the sentence."""


class Skipped(Exception):
    """The sentence can't be observed here; the text says why."""


def _register(level, file, section, quote, name=None):
    def add(function):
        case = Case(name or function.__name__, level, file, section, quote, function)
        if any(other.id == case.id for other in CASES):
            raise ValueError(f'two cases are named {case.id}')
        CASES.append(case)
        return function
    return add


def must(file, section, quote, name=None):
    return _register('MUST', file, section, quote, name)


def should(file, section, quote, name=None):
    return _register('SHOULD', file, section, quote, name)


def own(section, quote, name=None):
    """A property that the specification leaves open, and engines rely on."""
    return _register('own', '-', section, quote, name)


def load():
    """All cases, in the order of the documents."""
    import importlib
    for name in ('lifecycle', 'hooks', 'config', 'mounts', 'process', 'namespaces', 'devices',
                 'cgroups', 'seccomp', 'kernel', 'features', 'exec'):
        importlib.import_module(f'cases.{name}')
    return CASES
