"""Training of a conditional mixture by its likelihood, stopped on the last rows."""

from dataclasses import dataclass, replace

import numpy as np
import torch

from skdiffts._torch import generator, to_numpy, to_tensor
from skdiffts.diffusion._adam import Adam
from skdiffts.scores import ConditionalMixture

__all__ = ["train_conditional_mixture"]

LARGEST_STEPS, BATCH_ROWS, LEARNING_RATE = 700, 256, 8e-3
# With less dropout the last rows stop training after two or three looks.
WEIGHT_DECAY, DROPOUT, LARGEST_GRADIENT = 1e-3, 0.35, 5.0
# Decay of the moving average of the parameters, steps between two looks at the last rows,
# looks without a gain after which training stops, and gain that counts.
DECAY, LOOK, PATIENCE, TOLERANCE = 0.95, 20, 8, 1e-4


def train_conditional_mixture(
    rows, coordinates, seed, *, n_held_out=0, n_steps=LARGEST_STEPS
):
    """Fit a conditional mixture to rows by its likelihood.

    Parameters
    ----------
    rows : ndarray of shape (n_rows, n_features)
        Rows in the order of time.
    coordinates : ndarray of shape (n_rows, n_coordinates)
        Coordinates of the state of each row.
    seed : int
        Seed of the start, the batches and the dropout.
    n_held_out : int, default=0
        Last rows that are not learnt from; training stops where they are likeliest.
    n_steps : int, default=700
        Steps of the optimiser, or the most where rows are held out.

    Returns
    -------
    mixture : ConditionalMixture
        The mixture.
    n_steps : int
        Steps after which it had these parameters: none where no step has made the rows
        that were held out likelier. It then does not depend on coordinates.

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts.diffusion import train_conditional_mixture
    >>> rng = np.random.RandomState(0)
    >>> coordinates = rng.uniform(-1.0, 1.0, size=(500, 1))
    >>> rows = coordinates + 0.1 * rng.standard_normal((500, 1))
    >>> mixture, _ = train_conditional_mixture(rows, coordinates, 0, n_held_out=75)
    >>> bool(mixture.log_density(rows, coordinates).mean() > 0.5)
    True
    """
    n = len(rows) - n_held_out
    mixture = ConditionalMixture.start(rows[:n], coordinates[:n], seed=seed)
    inputs = to_tensor(mixture.standardized(coordinates), torch.float32)
    tensor, last = to_tensor(rows, torch.float32), slice(n, None)
    average = {
        key: to_tensor(value, torch.float32)
        for key, value in mixture.parameters.items()
    }
    best = _Best(mixture.parameters)
    if n_held_out:
        best = best.after(0, average, _mean(average, tensor[last], inputs[last]))
    for step in _steps(average, tensor[:n], inputs[:n], n_steps, generator(seed)):
        if n_held_out and step % LOOK == 0:
            value = _mean(average, tensor[last], inputs[last])
            best = best.after(step, average, value)
            if best.n_failures == PATIENCE:
                break
    if not n_held_out:
        best = best.after(n_steps, average, np.inf)
    return replace(mixture, parameters=best.parameters), best.n_steps


def _steps(average, rows, inputs, n_steps, noise):
    """Yield the number of each step, after which the average has moved on in place."""
    trained = {key: value.clone().requires_grad_() for key, value in average.items()}
    parameters, drop = list(trained.values()), _dropout(noise)
    optimizer = Adam(
        max_norm=LARGEST_GRADIENT, warmup=0, decay="constant", beta2=0.999
    ).start(parameters)
    for step in range(1, n_steps + 1):
        batch = torch.randint(len(rows), (min(BATCH_ROWS, len(rows)),), generator=noise)
        loss = -_mean(trained, rows[batch], inputs[batch], drop)
        gradients = torch.autograd.grad(loss, parameters)
        with torch.no_grad():
            torch._foreach_mul_(parameters, 1.0 - LEARNING_RATE * WEIGHT_DECAY)
        optimizer.step(gradients, LEARNING_RATE)
        for key, value in average.items():
            value.lerp_(trained[key].detach(), 1.0 - DECAY)
        yield step


@dataclass(frozen=True)
class _Best:
    """Parameters with the highest log-density so far.

    Parameters
    ----------
    parameters : dict of str to ndarray
        Parameters.
    n_steps : int, default=0
        Steps that have led to them.
    value : float, default=-inf
        Mean log-density of the last rows.
    n_failures : int, default=0
        Looks since then.
    """

    parameters: dict
    n_steps: int = 0
    value: float = -np.inf
    n_failures: int = 0

    def after(self, step, parameters, value):
        """Best parameters once others have been looked at."""
        if not float(value) > self.value + TOLERANCE:
            return replace(self, n_failures=self.n_failures + 1)
        copied = {key: to_numpy(item) for key, item in parameters.items()}
        return _Best(copied, step, float(value))


def _mean(parameters, rows, inputs, dropout=None):
    """Mean log-density, with a gradient where parameters have one."""
    density = ConditionalMixture.tensor_log_density
    return density(parameters, rows, inputs, dropout).mean()


def _dropout(noise):
    """Dropout with a generator of its own."""

    def drop(hidden):
        kept = torch.rand(hidden.shape, generator=noise) >= DROPOUT
        return hidden * kept / (1.0 - DROPOUT)

    return drop
