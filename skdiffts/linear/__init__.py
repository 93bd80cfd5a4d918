"""Linear core: drift, covariance, margins and density for many columns."""
