using System.Text.Json.Serialization;

namespace Shoestring.Metering;

/// <summary>Where a figure came from.</summary>
public enum FigureSource
{
    /// <summary>A hardware counter, a clock or the operating system said so.</summary>
    [JsonStringEnumMemberName("measured")]
    Measured,

    /// <summary>Exact arithmetic over what ran.</summary>
    [JsonStringEnumMemberName("counted")]
    Counted,

    /// <summary>An estimate; the figure names its formula and inputs.</summary>
    [JsonStringEnumMemberName("modelled")]
    Modelled,

    /// <summary>Not known; the figure names the reason.</summary>
    [JsonStringEnumMemberName("unavailable")]
    Unavailable,
}
