namespace Shoestring.Experiments;

/// <summary>The size of a plot and of the frame in it, in the units of its view box.</summary>
readonly record struct PlotFrame(string Name, double Width, double Height, double Left, double Top, double Right, double Bottom)
{
    /// <summary>For a window of a desktop.</summary>
    public static PlotFrame Wide { get; } = new("wide", 960, 480, 66, 16, 18, 54);

    /// <summary>For a telephone, drawn at its own size so that its letters stay as large.</summary>
    public static PlotFrame Narrow { get; } = new("narrow", 360, 380, 46, 14, 10, 50);

    public double InnerRight => Width - Right;

    public double InnerBottom => Height - Bottom;

    public double X(double position) => Left + (position * (InnerRight - Left));

    public double Y(double position) => InnerBottom - (position * (InnerBottom - Top));
}
