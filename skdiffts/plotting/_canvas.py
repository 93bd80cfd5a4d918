"""Panels, colours and legends of displays, by matplotlib, which is imported late."""

import numpy as np

__all__ = [
    "BLACK",
    "BLUE",
    "GRAY",
    "ORANGE",
    "PALETTE",
    "SKY",
    "VERMILION",
    "dark_viridis",
    "feature_colors",
    "histogram_below",
    "import_pyplot",
    "label_times",
    "legend_above",
    "lighter",
    "make_panels",
]

# Colours of Okabe and Ito, which the colour-blind tell apart, without the yellow, which
# is too pale for a line on white.
BLUE = "#0072B2"
VERMILION = "#D55E00"
GREEN = "#009E73"
PURPLE = "#CC79A7"
ORANGE = "#E69F00"
SKY = "#56B4E9"
BLACK = "#000000"
GRAY = "#7F7F7F"
PALETTE = (BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY, BLACK)


def import_pyplot(display):
    """Import matplotlib.pyplot.

    Parameters
    ----------
    display : type
        Display that asks, for the error message.

    Returns
    -------
    module
        matplotlib.pyplot.

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    """
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise ImportError(
            f"{display.__name__} draws with matplotlib; run "
            "`pip install skdiffts[plot]`."
        ) from error
    return plt


def make_panels(display, ax, n_panels, *, n_columns, size, sharex=False):
    """Axes of the panels: the caller's, or new ones.

    Parameters
    ----------
    display : object
        Display that draws.
    ax : None, matplotlib Axes or array-like of them
        Argument of the caller.
    n_panels : int
        Number of panels.
    n_columns : int
        Columns of a new figure.
    size : tuple of float
        Width and height of a new panel, in inches.
    sharex : bool, default=False
        Whether new panels share the x axis.

    Returns
    -------
    ndarray of shape (n_panels,)
        Axes.
    """
    plt = import_pyplot(type(display))
    if ax is not None:
        axes = np.atleast_1d(np.asarray(ax, dtype=object)).ravel()
        if len(axes) != n_panels:
            raise ValueError(
                f"ax holds {len(axes)} Axes and {type(display).__name__} draws "
                f"{n_panels} panels; pass as many Axes, or None for a new figure."
            )
        return axes
    n_columns = min(n_columns, n_panels)
    n_rows = -(-n_panels // n_columns)
    _, axes = plt.subplots(
        n_rows,
        n_columns,
        figsize=(size[0] * n_columns, size[1] * n_rows),
        layout="constrained",
        squeeze=False,
        sharex=sharex,
    )
    for spare in axes.ravel()[n_panels:]:
        spare.remove()
    return axes.ravel()[:n_panels]


def dark_viridis():
    """Give the part of viridis that is dark enough for arrows on white.

    Returns
    -------
    matplotlib.colors.ListedColormap
        Colours of increasing lightness, which print in gray.
    """
    from matplotlib import colormaps
    from matplotlib.colors import ListedColormap

    return ListedColormap(colormaps["viridis"](np.linspace(0.0, 0.85, 256)))


def feature_colors(n_features):
    """Colour of each feature; all are gray where there are too many to tell apart.

    Parameters
    ----------
    n_features : int
        Number of features.

    Returns
    -------
    list of str
        Colours.
    """
    if n_features > len(PALETTE):
        return [GRAY] * n_features
    return list(PALETTE[:n_features])


def histogram_below(ax, values, ends):
    """Draw a histogram of the data along the bottom of the axes.

    Parameters
    ----------
    ax : matplotlib Axes
        Axes.
    values : ndarray
        Data, along x.
    ends : tuple of float
        Ends of the histogram.
    """
    height, edges = np.histogram(values, 50, range=ends)
    ax.stairs(
        0.2 * height / max(height.max(), 1),
        edges,
        fill=True,
        color=GRAY,
        alpha=0.4,
        transform=ax.get_xaxis_transform(),  # in shares of the height of the axes
        label="histogram of the data",
    )


def lighter(color, share):
    """Mix a colour with white.

    Parameters
    ----------
    color : str
        Colour.
    share : float
        Share of the colour, from 0 to 1.

    Returns
    -------
    tuple of float
        Opaque colour, the same in the axes and in a legend.
    """
    from matplotlib.colors import to_rgb

    return tuple(1.0 - share * (1.0 - np.array(to_rgb(color))))


def label_times(ax, times, name, zone=None):
    """Label a time axis; dates get short ticks that do not run into each other.

    Parameters
    ----------
    ax : matplotlib Axes
        Axes.
    times : ndarray
        Times along x.
    name : str
        Label.
    zone : tzinfo, default=None
        Time zone in which dates in UTC are shown; None is UTC.
    """
    ax.set_xlabel(name)
    if times.dtype.kind == "M":
        from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

        locator = AutoDateLocator(tz=zone)
        ax.xaxis.set_major_locator(locator)
        ax.xaxis.set_major_formatter(ConciseDateFormatter(locator, tz=zone))


def legend_above(ax, handles=None, *, n_columns=4):
    """Put a legend above the axes, where it hides no data.

    Parameters
    ----------
    ax : matplotlib Axes
        Axes, without a title.
    handles : list of artists, default=None
        Artists to list; None is all artists with a label.
    n_columns : int, default=4
        Entries beside each other.
    """
    handles = ax.get_legend_handles_labels()[0] if handles is None else handles
    ax.legend(
        handles=handles,
        loc="lower left",
        bbox_to_anchor=(0.0, 1.0),
        ncols=n_columns,
        frameon=False,
        fontsize="small",
        borderaxespad=0.2,
        columnspacing=1.0,
        handlelength=1.5,
        handletextpad=0.5,
    )
