"""Order of the examples in the gallery: by use, the bounds last."""

ORDER = (
    "plot_overview.py",
    "plot_weather.py",
    "plot_market.py",
    "plot_double_well.py",
    "plot_choosing_k.py",
    "plot_diffusion.py",
    "plot_swiss_roll.py",
    "plot_digits.py",
    "plot_forward_paths.py",
    "plot_time_reversal.py",
    "plot_bounds.py",
)


def place(filename):
    """Place of an example; those that are not listed come before the bounds."""
    listed = filename in ORDER
    return ORDER.index(filename) if listed else len(ORDER) - 1.5
