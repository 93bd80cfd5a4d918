"""Training of a conditional mixture by its likelihood, stopped on the last rows."""

from dataclasses import dataclass, replace

import torch

from skdiffts._torch import generator, to_numpy, to_tensor
from skdiffts.scores import ConditionalMixture

__all__ = ["train_conditional_mixture"]

N_STEPS, BATCH_ROWS, LEARNING_RATE = 700, 256, 8e-3
WEIGHT_DECAY, DROPOUT, LARGEST_GRADIENT = 1e-3, 0.1, 5.0
# Decay of the moving average of the parameters, steps between two looks at the last rows,
# looks without a gain after which training stops, and gain that counts.
DECAY, LOOK, PATIENCE, TOLERANCE = 0.95, 20, 8, 1e-4


def train_conditional_mixture(rows, coordinates, n_held_out, seed):
    """Fit a conditional mixture to rows, and stop where the last ones are likeliest.

    Parameters
    ----------
    rows : ndarray of shape (n_rows, n_features)
        Rows in the order of time.
    coordinates : ndarray of shape (n_rows, n_coordinates)
        Coordinates of the state of each row.
    n_held_out : int
        Last rows that are not learnt from.
    seed : int
        Seed of the start, the batches and the dropout.

    Returns
    -------
    ConditionalMixture
        The mixture; the start, which does not depend on coordinates, where no step has
        made the last rows likelier.

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts.diffusion import train_conditional_mixture
    >>> rng = np.random.RandomState(0)
    >>> coordinates = rng.uniform(-1.0, 1.0, size=(500, 1))
    >>> rows = coordinates + 0.1 * rng.standard_normal((500, 1))
    >>> mixture = train_conditional_mixture(rows, coordinates, 75, 0)
    >>> bool(mixture.log_density(rows, coordinates).mean() > 0.5)
    True
    """
    n = len(rows) - n_held_out
    mixture = ConditionalMixture.start(rows[:n], coordinates[:n], seed=seed)
    inputs = to_tensor(mixture.standardized(coordinates), torch.float32)
    rows, noise = to_tensor(rows, torch.float32), generator(seed)
    average = {
        key: to_tensor(value, torch.float32)
        for key, value in mixture.parameters.items()
    }
    trained = {key: value.clone().requires_grad_() for key, value in average.items()}
    optimizer = torch.optim.AdamW(
        trained.values(), lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY
    )
    best = _Best(_held_out(average, rows[n:], inputs[n:]), mixture.parameters)
    for step in range(1, N_STEPS + 1):
        batch = torch.randint(n, (min(BATCH_ROWS, n),), generator=noise)
        given = rows[batch], inputs[batch]
        loss = -ConditionalMixture.tensor_log_density(
            trained, *given, _dropout(noise)
        ).mean()
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained.values(), LARGEST_GRADIENT)
        optimizer.step()
        for key, value in average.items():
            value.lerp_(trained[key].detach(), 1.0 - DECAY)
        if step % LOOK == 0:
            best = best.after(_held_out(average, rows[n:], inputs[n:]), average)
            if best.n_failures == PATIENCE:
                break
    return replace(mixture, parameters=best.parameters)


@dataclass(frozen=True)
class _Best:
    """Parameters with the highest log-density so far.

    Parameters
    ----------
    value : float
        Log-density of the last rows.
    parameters : dict of str to ndarray
        Parameters.
    n_failures : int, default=0
        Looks since then.
    """

    value: float
    parameters: dict
    n_failures: int = 0

    def after(self, value, parameters):
        """Best parameters once others have been looked at."""
        if not value > self.value + TOLERANCE:
            return replace(self, n_failures=self.n_failures + 1)
        return _Best(value, {key: to_numpy(item) for key, item in parameters.items()})


def _held_out(parameters, rows, inputs):
    with torch.no_grad():
        return float(
            ConditionalMixture.tensor_log_density(parameters, rows, inputs).mean()
        )


def _dropout(noise):
    """Dropout with a generator of its own."""

    def drop(hidden):
        kept = torch.rand(hidden.shape, generator=noise) >= DROPOUT
        return hidden * kept / (1.0 - DROPOUT)

    return drop
