using Shoestring.Models;

namespace Shoestring.Techniques;

/// <summary>How matrices are made into products.</summary>
/// <param name="Ratio">Share of a matrix's weights that its factors have.</param>
/// <param name="IsWhitened">Whether the inputs on a calibration text decide on what is kept, rather than the weights alone.</param>
/// <param name="IsFused">Whether query, key and value are one matrix, which stays as it is.</param>
public sealed record FactorizationOptions(double Ratio, bool IsWhitened, bool IsFused = false)
{
    const int Unit = 32;

    /// <summary>
    /// The rank of a layer: ratio · mn / (m + n), as near as multiples of 32 come; that of one multiple less where the nearest saves
    /// nothing, and the number itself where that would be none. 0 where factors would have as many weights as the matrix.
    /// </summary>
    /// <param name="layer">The layer.</param>
    public int Rank(LayerShape layer)
    {
        double evenly = Ratio * layer.Outputs * layer.Inputs / (layer.Outputs + layer.Inputs);
        int nearest = (int)Math.Round(evenly / Unit) * Unit;
        int[] choices = [nearest, nearest - Unit, (int)evenly];
        return Array.Find(choices, rank => rank > 0 && Ratio < 1 && (layer with { Rank = rank }).Weights < (layer with { Rank = 0 }).Weights);
    }
}
