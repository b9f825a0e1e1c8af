namespace Shoestring.Survey;

/// <summary>A plot's size and the frame within it, in units of its view box.</summary>
/// <param name="Name">Its class: wide screens show one, narrow ones the other, each drawn at its own size so that letters stay readable.</param>
/// <param name="Width">Of the whole.</param>
/// <param name="Height">Of the whole.</param>
/// <param name="Left">Margin for the vertical axis.</param>
/// <param name="Right">Margin.</param>
/// <param name="Bottom">Margin for the horizontal axis.</param>
readonly record struct PlotArea(string Name, double Width, double Height, double Left, double Right, double Bottom)
{
    const double TopEdge = 14;

    public static PlotArea Wide { get; } = new("wide-plot", 860, 380, 58, 16, 46);

    public static PlotArea Narrow { get; } = new("narrow-plot", 360, 330, 54, 10, 44);

    public double Top => TopEdge;

    public double InnerRight => Width - Right;

    public double InnerBottom => Height - Bottom;

    public double X(double share) => Left + (share * (InnerRight - Left));

    public double Y(double share) => InnerBottom - (share * (InnerBottom - TopEdge));
}
