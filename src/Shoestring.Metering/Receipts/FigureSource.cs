namespace Shoestring.Metering;

/// <summary>Where a figure came from.</summary>
public enum FigureSource
{
    /// <summary>A hardware counter, a clock or the operating system said so.</summary>
    Measured,

    /// <summary>Exact arithmetic over what ran.</summary>
    Counted,

    /// <summary>An estimate; the figure names its formula and inputs.</summary>
    Modelled,

    /// <summary>Not known; the figure names the reason.</summary>
    Unavailable,
}
