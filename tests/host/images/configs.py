# SPDX-License-Identifier: Apache-2.0
"""configs: busybox with image configs that builders have written, and that few expect."""

from layer import LayerTar

CONFIGS = {
    'user-number': {'User': '1000'},
    'user-group': {'User': ':1000'},
    'user-colon': {'User': '0:'},
    'user-names': {'User': 'user:wheel'},
    'workdir-relative': {'WorkingDir': 'foobar'},
    'workdir-closed': {'WorkingDir': '/secret', 'User': '33'},
    'env': {'Env': ['PATH=/bin', 'HOME', 'NOTHING', '=x', '', 'A=b=c', 'EMPTY=']},
    'health': {'Healthcheck': {'Test': ['CMD', 'true'], 'Interval': 3000000000, 'StartPeriod': 60000000000, 'Retries': 5}},
    'health-odd': {'Healthcheck': {'Test': ['EXEC', 'true']}},
    'labels': {'Labels': {'a=b': 'c', 'a': 'b=c', '=': '', 'plain': '=x'}},
}


def write(path):
    """Writes the layer's tar."""
    with LayerTar(path) as layer:
        layer.directory('secret', mode=0o700, uid=1000, gid=1000)
