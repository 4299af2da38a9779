"""Values as the variables of a quantity."""

from minde.estimators.quantity import MUTUAL
from minde.estimators.sides import Sides
from minde.inputs import read_variables


def sides(*values, quantity=MUTUAL, weights=None, gap=0, kinds=None):
    given = dict(zip(quantity.variables, values, strict=True))
    read, _ = read_variables(given, option="", keep_constants=True, weights=weights)
    return Sides.fit([*read.values()], kinds or {}, 0, quantity, gap)
