namespace Shoestring.Training;

/// <summary>What the time of a run is made of.</summary>
/// <param name="Products">Operations of matrix products.</param>
/// <param name="Attention">Operations of attention.</param>
/// <param name="Elements">Elements that pass through what is no product: norms, sums, rotations, gates, logits.</param>
/// <param name="Updates">Numbers that the optimizer changes, each time that it does.</param>
public readonly record struct TrainingFeatures(double Products, double Attention, double Elements, double Updates)
{
    /// <summary>Of both.</summary>
    public static TrainingFeatures operator +(TrainingFeatures a, TrainingFeatures b) => new(a.Products + b.Products, a.Attention + b.Attention, a.Elements + b.Elements, a.Updates + b.Updates);

    /// <summary>Of so many times as much.</summary>
    public static TrainingFeatures operator *(TrainingFeatures a, double times) => new(a.Products * times, a.Attention * times, a.Elements * times, a.Updates * times);
}

/// <summary>
/// What the parts of a run weigh; bench/Shoestring.TrainingSpeed (predictions) fits them to measured runs. Products and attention run at shares of the
/// machine's multiply-add rate; what else there is takes its time on the machine of the fit, and goes with that rate elsewhere.
/// </summary>
/// <param name="ProductShare">The share of the multiply-add rate that products reach.</param>
/// <param name="AttentionShare">The share that attention reaches.</param>
/// <param name="SecondsPerElement">Seconds of an element.</param>
/// <param name="StartSeconds">Seconds before the first step and after the last: the runtime, and files that are read and written.</param>
/// <param name="FittedRate">The multiply-add rate of the machine of the fit, operations a second.</param>
public sealed record TrainingTime(double ProductShare, double AttentionShare, double SecondsPerElement, double StartSeconds, double FittedRate)
{
    /// <summary>
    /// Taken from the kernels' own measurements (README of bench/Shoestring.TrainingSpeed: products 64 to 89 % of the multiply-add peak, attention about
    /// half) and from the bytes that an element and an update move at 25 GB/s; not yet fitted to whole runs.
    /// </summary>
    public static TrainingTime Usual { get; } = new(0.75, 0.5, 5e-10, 0.6, 2.3e11)
    {
        SecondsPerUpdate = new Dictionary<string, double>
        {
            ["adamw"] = 1.1e-9,
            ["sgd"] = 5e-10,
            ["lion"] = 8e-10,
        },
    };

    /// <summary>Seconds of a number that an optimizer changes, by the optimizer's name.</summary>
    public required IReadOnlyDictionary<string, double> SecondsPerUpdate { get; init; }

    /// <summary>Seconds of a run.</summary>
    /// <param name="features">What it is made of.</param>
    /// <param name="method">The optimizer's name, or mezo.</param>
    /// <param name="flopsPerSecond">This machine's multiply-add rate.</param>
    public double Seconds(TrainingFeatures features, string method, double flopsPerSecond) =>
        (features.Products / (flopsPerSecond * ProductShare)) + (features.Attention / (flopsPerSecond * AttentionShare))
        + (((features.Elements * SecondsPerElement) + (features.Updates * SecondsPerUpdate.GetValueOrDefault(method))) * FittedRate / flopsPerSecond) + StartSeconds;
}
