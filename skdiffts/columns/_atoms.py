"""Latent coordinate of a continuous column with bounds and atoms."""

from dataclasses import dataclass, field

import numpy as np
from scipy.special import ndtri

from skdiffts.columns._coordinate import Coordinate
from skdiffts.columns._power import log_slope, power_inverse, power_transform

__all__ = ["Continuous"]

# Width, in standard deviations, of the strip for values between an atom at an end and the
# nearest training value: hardly any latent number falls there.
STRIP = 1e-3
# Largest width, in standard deviations, of the cell of an atom among other values.
MAX_GAP = 3.0
# Distance, in standard deviations, within which the density beside an atom is measured.
BESIDE = 0.25
# Quantile of the other values by which the cell of an atom at an end is measured.
FAR = 0.8


@dataclass(frozen=True, eq=False)
class Continuous(Coordinate):
    r"""Continuous values, moved apart at atoms, which have the cells between.

    Values above a lower bound l are transformed by a power of :math:`(x - l) / s`, the
    logarithm where l is no atom; between two bounds that are no atoms by the log-odds.

    Parameters
    ----------
    size : float
        Scale s.
    nearest : tuple of float
        Training values nearest to an atom at the lower and at the upper bound.
    strip : float
        Width of the strip beside such an atom.
    atoms : ndarray of shape (n_atoms,)
        Atoms in increasing order.
    places : ndarray of shape (n_atoms, 2)
        Ends of the cells of the atoms.
    stands : ndarray of shape (n_atoms,)
        Latent numbers that stand for the atoms in histories: the means of their cells.
    shifts : ndarray of shape (n_atoms + 1,)
        What is added to the transform below the first atom, between atoms, and above.
    """

    size: float = 1.0
    nearest: tuple = (-np.inf, np.inf)
    strip: float = 0.0
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
        others = values[~np.isin(values, atoms)]
        if len(others) < 2:
            raise ValueError(
                f"a column has {len(others)} value(s) that are no atom of its support; "
                "pass a support with a unit, or drop the column."
            )
        ends = others.min(), others.max()
        low, high = support.low in atoms, support.high in atoms
        nearest = (
            ends[0] if low else -np.inf,
            ends[1] if high else np.inf,
        )
        size = 1.0
        if np.isfinite(support.low) or np.isfinite(support.high):
            bound = support.low if np.isfinite(support.low) else support.high
            size = float(np.median(np.abs(others - bound)))
        draft = cls(support, power, size, nearest)
        z = draft._base(others)
        strip = STRIP * z.std()
        draft = cls(support, power, size, nearest, strip)
        cells = [draft._place(atom, others, values) for atom in atoms]
        return draft._with_cells(atoms, cells)

    def _with_cells(self, atoms, cells):
        """The same with cells, each of (lower end, upper end, stand) without shifts."""
        shifts, places, stands = [0.0], [], []
        for low, high, stand in cells:
            places.append((low + shifts[-1], high + shifts[-1]))
            stands.append(stand + shifts[-1])
            is_inner = np.isfinite(low) and np.isfinite(high)
            shifts.append(shifts[-1] + (high - low if is_inner else 0.0))
        return type(self)(
            *(self.support, self.power, self.size, self.nearest, self.strip),
            atoms,
            np.reshape(places, (-1, 2)),
            np.array(stands),
            np.array(shifts),
        )

    def _place(self, atom, others, values):
        """Cell of an atom without shifts, and the number that stands for it."""
        z, share = self._base(others), np.mean(values == atom)
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
        return np.isfinite(self.nearest[0]) and self._kind == "above"

    @property
    def _kind(self):
        low, high = np.isfinite(self.support.low), np.isfinite(self.support.high)
        takes = [np.isfinite(end) for end in self.nearest]
        if not (low or high) or all(takes):
            return "identity"
        if low and high and not any(takes):
            return "odds"
        # Between an atom and another bound the logarithm sees the other bound.
        if low and high:
            return "below" if takes[0] else "above"
        return "above" if low else "below"

    @property
    def _exponent(self):
        """Exponent in use: a bound that is no atom takes the logarithm."""
        low, high = np.isfinite(self.support.low), np.isfinite(self.support.high)
        takes = any(np.isfinite(end) for end in self.nearest)
        return self.power if takes and not (low and high) else 0.0

    def _base(self, x):
        """Transform without shifts."""
        (m, M), (low, high) = self.nearest, (self.support.low, self.support.high)
        z = self._smooth(np.clip(x, m, M))
        if np.isfinite(m):
            z = z - np.where(x < m, self.strip * (m - x) / (m - low), 0.0)
        if np.isfinite(M):
            z = z + np.where(x > M, self.strip * (x - M) / (high - M), 0.0)
        return z

    def _smooth(self, x):
        kind, p = self._kind, self._exponent
        if kind == "above":
            return power_transform((x - self.support.low) / self.size, p)
        if kind == "below":
            return -power_transform((self.support.high - x) / self.size, p)
        if kind == "odds":
            return np.log(x - self.support.low) - np.log(self.support.high - x)
        return x

    def _invert(self, z):
        """Value of a transform without shifts."""
        (m, M), (low, high) = self.nearest, (self.support.low, self.support.high)
        kind, p = self._kind, self._exponent
        first = self._smooth(np.array([m]))[0] if np.isfinite(m) else -np.inf
        last = self._smooth(np.array([M]))[0] if np.isfinite(M) else np.inf
        inside = np.clip(z, first, last)
        if kind == "above":
            x = low + self.size * power_inverse(inside, p)
        elif kind == "below":
            x = high - self.size * power_inverse(-inside, p)
        elif kind == "odds":
            x = low + (high - low) / (1.0 + np.exp(-inside))
        else:
            x = inside
        if np.isfinite(m):
            x = np.where(z < first, m - (m - low) * (first - z) / self.strip, x)
        if np.isfinite(M):
            x = np.where(z > last, M + (high - M) * (z - last) / self.strip, x)
        return x

    def _atom_of_value(self, x):
        """Number of the atom that each value is, -1 for none."""
        found = np.full(x.shape, -1)
        for number, atom in enumerate(self.atoms):
            found[x == atom] = number
        return found

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
        """Log of the density of a value over that of its latent number, or its cell."""
        atom = self._atom_of_value(x)
        x = np.where(atom < 0, x, self._anywhere)
        (m, M), (low, high) = self.nearest, (self.support.low, self.support.high)
        kind, p = self._kind, self._exponent
        if kind == "above":
            slope = log_slope((x - low) / self.size, p) - np.log(self.size)
        elif kind == "below":
            slope = log_slope((high - x) / self.size, p) - np.log(self.size)
        elif kind == "odds":
            slope = np.log(high - low) - np.log(x - low) - np.log(high - x)
        else:
            slope = np.zeros_like(x)
        if np.isfinite(m):
            slope = np.where(x < m, np.log(self.strip / (m - low)), slope)
        if np.isfinite(M):
            slope = np.where(x > M, np.log(self.strip / (high - M)), slope)
        return np.where(atom < 0, slope, 0.0)

    def contains(self, x):
        """Tell which numbers the column can take."""
        inside = (x > self.support.low) & (x < self.support.high)
        return inside | (self._atom_of_value(x) >= 0)

    @property
    def _anywhere(self):
        """Value that is no atom."""
        ends = [end for end in self.nearest if np.isfinite(end)]
        if ends:
            return ends[0]
        low, high = self.support.low, self.support.high
        if np.isfinite(low) and np.isfinite(high):
            return 0.5 * (low + high)
        if np.isfinite(low):
            return low + self.size
        return high - self.size if np.isfinite(high) else 0.0
