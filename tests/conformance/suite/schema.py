# SPDX-License-Identifier: Apache-2.0
"""The part of JSON Schema (draft 4) that the specification's schemas use."""

import json
import os
import re

DIRECTORY = os.path.join(os.path.dirname(os.path.realpath(__file__)),
                      '../../data/runtime-spec/schema')
KINDS = {'object': dict, 'array': list, 'string': str, 'boolean': bool, 'null': type(None)}
KNOWN = {'$schema', '$ref', 'definitions', 'description', 'id', 'title', 'type', 'properties',
         'patternProperties', 'additionalProperties', 'required', 'items', 'enum', 'minimum',
         'maximum', 'minItems', 'pattern', 'anyOf', 'oneOf', 'allOf', 'not', 'minProperties',
         'uniqueItems', 'const'}


def _load(name):
    with open(os.path.join(DIRECTORY, name), encoding='utf-8') as f:
        return json.load(f)


def _resolve(file, document, reference):
    name, _, pointer = reference.partition('#')
    if name:
        file, document = name, _load(name)
    found = document
    for part in [p for p in pointer.split('/') if p]:
        found = found[part]
    return file, document, found


def _is_kind(value, kind):
    if kind == 'integer':
        return isinstance(value, int) and not isinstance(value, bool)
    if kind == 'number':
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    return isinstance(value, KINDS[kind])


class _Check:
    def __init__(self):
        self.found = []

    def say(self, place, text):
        self.found.append(f'{place or "document"}: {text}')

    def passes(self, file, document, rule, value, place):
        other = _Check()
        other.check(file, document, rule, value, place)
        return not other.found

    def check(self, file, document, rule, value, place=''):
        unknown = set(rule) - KNOWN
        if unknown:
            raise ValueError(f'{file}: the schema uses {unknown}')
        if '$ref' in rule:
            self.check(*_resolve(file, document, rule['$ref']), value, place)
        for each in rule.get('allOf', []):
            self.check(file, document, each, value, place)
        for key, most in (('anyOf', len(rule.get('anyOf', []))), ('oneOf', 1)):
            if key in rule:
                n = sum(self.passes(file, document, r, value, place) for r in rule[key])
                if not 1 <= n <= most:
                    self.say(place, f'fits {n} of {key}')
        if 'not' in rule and self.passes(file, document, rule['not'], value, place):
            self.say(place, 'is what it must not be')
        if 'type' in rule:
            kinds = rule['type'] if isinstance(rule['type'], list) else [rule['type']]
            if not any(_is_kind(value, k) for k in kinds):
                self.say(place, f'is no {rule["type"]}')
                return
        self.check_value(rule, value, place)
        if isinstance(value, dict):
            self.check_object(file, document, rule, value, place)
        if isinstance(value, list):
            if len(value) < rule.get('minItems', 0):
                self.say(place, 'has too few items')
            for i, item in enumerate(value):
                self.check(file, document, rule.get('items', {}), item, f'{place}[{i}]')

    def check_value(self, rule, value, place):
        if 'enum' in rule and value not in rule['enum']:
            self.say(place, f'{value!r}: must be one of {rule["enum"]}')
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            if not rule.get('minimum', value) <= value <= rule.get('maximum', value):
                self.say(place, f'{value} is out of range')
        if isinstance(value, str) and not re.search(rule.get('pattern', ''), value):
            self.say(place, f'{value!r} does not match {rule["pattern"]}')

    def check_object(self, file, document, rule, value, place):
        for key in rule.get('required', []):
            if key not in value:
                self.say(place, f'has no {key}')
        if len(value) < rule.get('minProperties', 0):
            self.say(place, 'has too few members')
        for key, member in value.items():
            where = f'{place}.{key}' if place else key
            rules = [rule['properties'][key]] if key in rule.get('properties', {}) else []
            rules += [r for pattern, r in rule.get('patternProperties', {}).items()
                      if re.search(pattern, key)]
            more = rule.get('additionalProperties', True)
            if not rules and more is False:
                self.say(where, 'is not known')
            elif not rules and isinstance(more, dict):
                rules = [more]
            for each in rules:
                self.check(file, document, each, member, where)


def problems(name, value):
    """The rules of the schema file `name` that the value breaks; empty if it is valid."""
    check = _Check()
    document = _load(name)
    check.check(name, document, document, value)
    return check.found
