"""Whole-number arithmetic: one scale for all values of an instrument, one rounding at the very end."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Context, Decimal, Inexact
from fractions import Fraction
from math import lcm

LEAST_DECIMALS = 4  # option scores have at most four; values fed directly may have as many
_MILLION = 1_000_000
_MILLIONTH = Decimal("0.000001")
_CONTEXT = Context(prec=60, traps=[Inexact])  # of our own: nobody's precision can cut a score


def decimals_in(numbers: Iterable[Decimal]) -> int:
    """Digits after the point that hold every number exactly."""
    return max((_decimals(number) for number in numbers), default=0)


def _decimals(number: Decimal) -> int:
    exponent = number.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def divisors_up_to(size: int) -> int:
    """The least number that 1, 2, ... size all divide: a mean over any number of present answers stays whole."""
    return lcm(*range(1, size + 1)) if size else 1


def scaled(number: Decimal, scale: int) -> int:
    """The number times the scale, which must be whole."""
    product = Fraction(number) * scale
    if product.denominator != 1:
        raise ValueError("the number has more decimals than the scale of the instrument holds")
    return product.numerator


def rounded(numerator: int, denominator: int) -> Decimal:
    """A fraction with a positive denominator -> six decimals, half to even, without passing through a float."""
    whole, rest = divmod(numerator * _MILLION, denominator)
    if 2 * rest > denominator or (2 * rest == denominator and whole % 2):
        whole += 1
    return _CONTEXT.multiply(Decimal(whole), _MILLIONTH)
