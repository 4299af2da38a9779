"""Values as the variables of a quantity."""

import numpy as np

from minde.coding import Side
from minde.estimators.counting import table
from minde.estimators.quantity import MUTUAL
from minde.estimators.sides import Sides
from minde.inputs import read_variables


def sides(*values, quantity=MUTUAL, weights=None, gap=0, kinds=None):
    given = dict(zip(quantity.variables, values, strict=True))
    read, _ = read_variables(given, option="", keep_constants=True, weights=weights)
    return Sides.fit([*read.values()], kinds or {}, 0, quantity, gap)


def of_codes(codes):
    """A variable of labels alone, (n, columns)."""
    sizes = tuple(int(size) for size in codes.max(axis=0) + 1)
    return Side(np.empty((len(codes), 0)), codes, sizes, (False,) * len(sizes))


def counted_information(x, y, gap=0):
    """What a table tells of labels x and y, (n, columns)."""
    return table(MUTUAL, [of_codes(x), of_codes(y)], gap)
