"""Real series, and simulated series whose distribution is known exactly."""

from skdiffts.datasets._double_well import make_double_well
from skdiffts.datasets._innovations import GaussianMixtureLaw, StandardNormal
from skdiffts.datasets._linear import LinearTransitionLaw
from skdiffts.datasets._lorenz import make_lorenz_sde
from skdiffts.datasets._ou import make_ou
from skdiffts.datasets._real import load_seattle_weather, load_us_market
from skdiffts.datasets._stochastic_volatility import make_stochastic_volatility
from skdiffts.datasets._transition import TransitionLaw
from skdiffts.datasets._van_der_pol import make_van_der_pol
from skdiffts.datasets._var_arch import ArchTransitionLaw, make_var_arch
from skdiffts.datasets._var_mixture import make_var_mixture
from skdiffts.datasets._volatility_transition import StochasticVolatilityLaw

__all__ = [
    "ArchTransitionLaw",
    "GaussianMixtureLaw",
    "LinearTransitionLaw",
    "StandardNormal",
    "StochasticVolatilityLaw",
    "TransitionLaw",
    "load_seattle_weather",
    "load_us_market",
    "make_double_well",
    "make_lorenz_sde",
    "make_ou",
    "make_stochastic_volatility",
    "make_van_der_pol",
    "make_var_arch",
    "make_var_mixture",
]
