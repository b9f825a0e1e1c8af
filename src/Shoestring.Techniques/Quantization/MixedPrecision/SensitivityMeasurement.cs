using Shoestring.Models;
using Shoestring.Tensors;

namespace Shoestring.Techniques;

/// <summary>How sensitivities are measured.</summary>
public sealed record SensitivityOptions
{
    /// <summary>Most tokens of the text that are looked at; fewer make the measurement cheaper and coarser.</summary>
    public int Tokens { get; init; } = 1024;

    /// <summary>How; null to run each format of models of up to 120 million parameters, and one of larger ones.</summary>
    public SensitivityMethod? Method { get; init; }
}

/// <summary>
/// How much a model's output changes as each of its weight matrices alone is rounded, the embedding and the output matrix among them.
/// </summary>
public static class SensitivityMeasurement
{
    /// <summary>Measures a model. The table does not depend on the number of threads.</summary>
    /// <param name="file">The model; a file of another kind is converted as it is read.</param>
    /// <param name="text">Text that the model knows.</param>
    /// <param name="formats">The formats, of which each tensor meets those whose blocks its rows hold whole numbers of; null for the usual ones.</param>
    /// <param name="pool">The threads.</param>
    /// <param name="options">How.</param>
    /// <param name="progress">Told of each measurement that is done.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="InputException">The model cannot be read, or a weight is not finite.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static SensitivityTable Measure(
        ModelFile file, CalibrationText text, IReadOnlyList<TensorFormat>? formats, WorkerPool pool,
        SensitivityOptions? options = null, IProgress<RewriteProgress>? progress = null, CancellationToken cancellation = default)
    {
        GgufRewrite plain = GgufRewrite.Plan(file, []);
        using var run = new SensitivityRun(plain.Source, plain.SourceConfiguration, plain.Tensors, text, options ?? new SensitivityOptions(), pool, cancellation);
        return run.Measure(formats, progress);
    }

    /// <summary>The formats that a tensor can take: of those given, or by its rows the formats of blocks of 256, else of blocks of 32.</summary>
    internal static IEnumerable<TensorFormat> Fitting(TensorEntry tensor, IReadOnlyList<TensorFormat>? formats) =>
        (formats ?? Usual(tensor.Shape.Columns)).Where(format => tensor.Shape.Columns % format.BlockElements() == 0);

    static TensorFormat[] Usual(long columns) =>
        columns % TensorFormat.Q4_K.BlockElements() == 0 ? [TensorFormat.Q2_K, TensorFormat.Q3_K, TensorFormat.Q4_K, TensorFormat.Q5_K, TensorFormat.Q6_K, TensorFormat.Q8_0]
        : columns % TensorFormat.Q4_0.BlockElements() == 0 ? [TensorFormat.Q4_0, TensorFormat.IQ4_NL, TensorFormat.Q4_1, TensorFormat.Q5_0, TensorFormat.Q5_1, TensorFormat.Q8_0]
        : [TensorFormat.F16];
}
