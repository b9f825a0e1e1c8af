namespace Shoestring.Training;

/// <summary>
/// How far a curriculum has come: from a start to an end over some steps, d(t) = dₛ + (dₑ − dₛ)·min((t/T)^(1/c), 1). Linear (c = 1) for the
/// length of sequences (sequence length warmup; Li et al., arXiv 2108.06084); by the square root (c = 2) for difficulty (Platanios et al.,
/// arXiv 1903.09848; Li et al., arXiv 2212.03597).
/// </summary>
/// <param name="Start">Where it begins.</param>
/// <param name="End">Where it ends and stays.</param>
/// <param name="Steps">Steps until then.</param>
/// <param name="Root">Which root, c; 1 is linear.</param>
public sealed record Pacing(double Start, double End, long Steps, double Root = 1)
{
    /// <summary>The value at a step, from 0.</summary>
    public double At(long step) => step >= Steps ? End : Start + (End - Start) * Math.Pow(Math.Max(0, step) / (double)Steps, 1 / Root);

    /// <summary>The value as a length: a whole number of times <paramref name="multiple"/>, rounded down, and at least once that (8 in arXiv 2108.06084).</summary>
    public int LengthAt(long step, int multiple = 8) => step >= Steps ? (int)End : Math.Max(multiple, (int)At(step) / multiple * multiple);
}
