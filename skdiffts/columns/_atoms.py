"""Latent coordinate of a continuous column with bounds and atoms."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.special import ndtri

from skdiffts.columns._coordinate import Coordinate
from skdiffts.columns._smooth_map import SmoothMap

__all__ = ["Continuous"]

# Share of the range of the values within which of an atom a value is the atom, but for
# rounding errors.
ROUNDING = 1e-12
# Width, in standard deviations, of the strip for values between an atom at an end and the
# nearest training value: hardly any latent number falls there.
STRIP = 1e-3
# Largest width, in standard deviations, of the cell of an atom among other values.
MAX_GAP = 3.0
# Distance, in standard deviations, within which the density beside an atom is measured.
BESIDE = 0.25
# Quantile of the distances to a bound, of which half is where it begins to bend the map.
SOFT = 0.05
# Quantile of the other values by which the cell of an atom at an end is measured.
FAR = 0.8


@dataclass(frozen=True, eq=False)
class Continuous(Coordinate):
    r"""Continuous values, moved apart at atoms, which have the cells between.

    Parameters
    ----------
    smooth : SmoothMap
        Map of values that are no atoms, without shifts and strips.
    nearest : tuple of float
        Training values nearest to an atom at the lower and at the upper bound.
    strip : float
        Width of the strip beside such an atom.
    rounding : float
        Distance within which a value is an atom.
    atoms : ndarray of shape (n_atoms,)
        Atoms in increasing order.
    places : ndarray of shape (n_atoms, 2)
        Ends of the cells of the atoms.
    stands : ndarray of shape (n_atoms,)
        Latent numbers that stand for the atoms in histories: the means of their cells.
    shifts : ndarray of shape (n_atoms + 1,)
        Shift of the transform below the first atom, between atoms, and above.
    """

    smooth: Any = None
    nearest: tuple = (-np.inf, np.inf)
    strip: float = 0.0
    rounding: float = 0.0
    atoms: np.ndarray = field(default_factory=lambda: np.empty(0))
    places: np.ndarray = field(default_factory=lambda: np.empty((0, 2)))
    stands: np.ndarray = field(default_factory=lambda: np.empty(0))
    shifts: np.ndarray = field(default_factory=lambda: np.zeros(1))

    @classmethod
    def fit(cls, support, values, power):
        """Place the cells of the atoms as the training values have it.

        Parameters
        ----------
        support : Support
            Values of the column.
        values : ndarray of shape (n_rows,)
            Training values.
        power : float
            Exponent, where there is a choice.

        Returns
        -------
        Continuous
            The coordinate.
        """
        atoms = np.sort(np.asarray(support.atoms, dtype=np.float64))
        rounding = ROUNDING * np.ptp(values)
        number = _nearest_atom(values, atoms, rounding)
        others = values[number < 0]
        if len(others) < 2:
            raise ValueError(
                f"a column has {len(others)} value(s) that are no atom of its support; "
                "pass a support with a unit, or drop the column."
            )
        low, high = support.low in atoms, support.high in atoms
        nearest = (
            others.min() if low else -np.inf,
            others.max() if high else np.inf,
        )
        smooth = _smooth_map(support, low, high, others, power)
        strip = STRIP * smooth.transform(others).std()
        draft = cls(support, power, smooth, nearest, strip, rounding)
        cells = [
            draft._place(atom, others, np.mean(number == k))
            for k, atom in enumerate(atoms)
        ]
        return draft._with_cells(atoms, cells)

    def _with_cells(self, atoms, cells):
        """Move cells apart: each is (lower end, upper end, stand) without shifts."""
        shifts, places, stands = [0.0], [], []
        for low, high, stand in cells:
            places.append((low + shifts[-1], high + shifts[-1]))
            stands.append(stand + shifts[-1])
            is_inner = np.isfinite(low) and np.isfinite(high)
            shifts.append(shifts[-1] + (high - low if is_inner else 0.0))
        return type(self)(
            *(self.support, self.power, self.smooth, self.nearest, self.strip),
            self.rounding,
            atoms,
            np.reshape(places, (-1, 2)),
            np.array(stands),
            np.array(shifts),
        )

    def _place(self, atom, others, share):
        """Cell of an atom without shifts, and the number that stands for it."""
        z = self._base(others)
        if atom in (self.support.low, self.support.high):
            sign = 1.0 if atom == self.support.low else -1.0
            edge = (sign * z).min() - self.strip
            # A normal distribution with the share, and a quantile of the others.
            level = share + FAR * (1.0 - share)
            far = np.quantile(sign * z, FAR)
            a = ndtri(share)
            deviation = (far - edge) / (ndtri(level) - a)
            density = np.exp(-0.5 * a**2) / np.sqrt(2.0 * np.pi)
            stand = sign * (edge - deviation * (a + density / share))
            edge = sign * edge
            return (-np.inf, edge, stand) if sign > 0 else (edge, np.inf, stand)
        center, beside = self._base(np.array([atom]))[0], BESIDE * z.std()
        density = np.mean(np.abs(z - center) < beside) / (2.0 * beside)
        widest = MAX_GAP * z.std()
        width = widest if density == 0.0 else min(widest, share / density)
        return center, center + width, center + width / 2.0

    @property
    def has_power(self):
        """Whether the exponent makes a difference: above a bound that is an atom."""
        return self.smooth.kind.endswith("power") and np.isinf(self.support.high)

    @property
    def has_cells(self):
        """Whether some values stand for intervals: atoms."""
        return len(self.atoms) > 0

    def _base(self, x):
        """Transform without shifts."""
        (m, M), (low, high) = self.nearest, (self.support.low, self.support.high)
        z = self.smooth.transform(np.clip(x, m, M))
        if np.isfinite(m):
            z = z - np.where(x < m, self.strip * (m - x) / (m - low), 0.0)
        if np.isfinite(M):
            z = z + np.where(x > M, self.strip * (x - M) / (high - M), 0.0)
        return z

    def _invert(self, z):
        """Value of a transform without shifts."""
        (m, M), (low, high) = self.nearest, (self.support.low, self.support.high)
        first, last = (
            self.smooth.transform(np.array([end]))[0] if np.isfinite(end) else end
            for end in self.nearest
        )
        x = self.smooth.restore(np.clip(z, first, last))
        if np.isfinite(m):
            x = np.where(z < first, m - (m - low) * (first - z) / self.strip, x)
        if np.isfinite(M):
            x = np.where(z > last, M + (high - M) * (z - last) / self.strip, x)
        return x

    def _atom_of_value(self, x):
        """Find the atom that each value is, -1 for none."""
        return _nearest_atom(x, self.atoms, self.rounding)

    def transform(self, x):
        """Latent number that stands for each value in histories."""
        atom = self._atom_of_value(x)
        # Bounds that are atoms have no transform of their own.
        z = self._base(np.where(atom < 0, x, self._anywhere))
        z = z + self.shifts[np.searchsorted(self.atoms, x, side="left")]
        return np.where(atom < 0, z, np.append(self.stands, 0.0)[atom])

    def restore(self, z):
        """Value in whose cell each latent number lies."""
        below = np.searchsorted(self.places[:, 1], z, side="left")
        x = self._invert(z - self.shifts[below])
        for atom, (low, high) in zip(self.atoms, self.places, strict=True):
            x = np.where((z >= low) & (z <= high), atom, x)
        return x

    def cells(self, x):
        """Bounds of the cell of each value, equal ones for a point."""
        z, atom = self.transform(x), self._atom_of_value(x)
        places = np.vstack([self.places, [0.0, 0.0]])[atom]
        return np.where(atom < 0, z, places[..., 0]), np.where(
            atom < 0, z, places[..., 1]
        )

    def log_slope(self, x):
        """Log ratio of the densities of a value and its latent number, or cell."""
        atom = self._atom_of_value(x)
        x = np.where(atom < 0, x, self._anywhere)
        (m, M), (low, high) = self.nearest, (self.support.low, self.support.high)
        slope = self.smooth.log_slope(np.clip(x, m, M))
        if np.isfinite(m):
            slope = np.where(x < m, np.log(self.strip / (m - low)), slope)
        if np.isfinite(M):
            slope = np.where(x > M, np.log(self.strip / (high - M)), slope)
        return np.where(atom < 0, slope, 0.0)

    def contains(self, x):
        """Tell which numbers the column can take."""
        low, high = self.support.low, self.support.high
        inside = (x > low) & (x < high)
        if self.smooth.kind.endswith("soft"):  # the bound is taken for a value near it
            inside = (x >= low) & (x <= high)
        return inside | (self._atom_of_value(x) >= 0)

    @property
    def _anywhere(self):
        """Value that is no atom."""
        ends = [end for end in self.nearest if np.isfinite(end)]
        if ends:
            return ends[0]
        return float(self.smooth.restore(np.zeros(1))[0])


def _nearest_atom(x, atoms, rounding):
    """Find the atom that each value is, -1 for none."""
    found = np.full(np.shape(x), -1)
    for number, atom in enumerate(atoms):
        found[np.abs(x - atom) <= rounding] = number
    return found


def _smooth_map(support, low_is_atom, high_is_atom, others, power):
    """Map that the bounds, and the atoms at them, ask for."""
    low, high = np.isfinite(support.low), np.isfinite(support.high)
    kind, size = "identity", 1.0
    if low and high:
        if not (low_is_atom or high_is_atom):
            kind = "odds"
        elif not (low_is_atom and high_is_atom):  # the logarithm sees the other bound
            kind, power = "mirrored power" if low_is_atom else "power", 0.0
    elif low or high:
        is_power = low_is_atom or high_is_atom or power == 0.0
        kind = ("" if low else "mirrored ") + ("power" if is_power else "soft")
    if kind not in ("identity", "odds"):
        bound = support.high if kind.startswith("mirrored") else support.low
        distance = np.abs(others - bound)
        is_soft = kind.endswith("soft")
        size = np.quantile(distance, SOFT) / 2.0 if is_soft else np.median(distance)
    return SmoothMap(kind, support.low, support.high, float(size), power)
