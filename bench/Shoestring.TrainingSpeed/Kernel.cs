namespace Shoestring.TrainingSpeed;

/// <summary>A kernel with the operations that one run of it counts.</summary>
sealed record Kernel(string Name, long Flops, Action Run)
{
    /// <summary>Operations a second of each round, as a share of the machine's peak in that round.</summary>
    public List<(double Rate, double Share)> Rounds { get; } = [];
}
