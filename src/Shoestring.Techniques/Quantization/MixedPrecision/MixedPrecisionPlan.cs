using System.Globalization;
using Shoestring.Models;
using Shoestring.Tensors;

namespace Shoestring.Techniques;

/// <summary>Most room that matrices may take; one of the two is given.</summary>
/// <param name="Bits">Bits a weight, mean over all matrices.</param>
/// <param name="FileBytes">Bytes of the whole file.</param>
public sealed record PrecisionBudget(double? Bits, long? FileBytes);

/// <summary>
/// Each matrix gets a format so that the summed sensitivity is least under the budget. That divergences add up is an assumption (it
/// holds while they are small: Malinovskii et al., arXiv 2411.17525, theorem 1), so what all of them do together is measured, too.
/// </summary>
/// <param name="Budget">The most room.</param>
/// <param name="Given">Formats to choose from, or null for the usual ones.</param>
/// <param name="Options">How sensitivities are measured.</param>
public sealed record MixedPrecisionPlan(PrecisionBudget Budget, IReadOnlyList<TensorFormat>? Given, SensitivityOptions Options) : IRewriteDecision
{
    const int UsualAlignment = 32;

    /// <inheritdoc/>
    public string Name => "mixed-precision";

    /// <inheritdoc/>
    public GgufRewrite Decide(GgufRewrite rewrite, CalibrationText text, WorkerPool pool, IProgress<RewriteProgress>? progress, CancellationToken cancellation)
    {
        TensorEntry[] matrices = Matrices(rewrite);
        using var run = new SensitivityRun(rewrite.Source, rewrite.ResultConfiguration, rewrite.Tensors, text, Options, pool, cancellation);
        SensitivityTable table = rewrite.Sensitivities.Get(Options, Given, matrices,
            () => run.Measure(Given, progress is null ? null : new Steps(progress, rewrite.SourceConfiguration.Blocks.Count)));
        var costs = table.Entries.ToDictionary(entry => (entry.Tensor, entry.Format), entry => entry.Divergence);
        TensorFormat[][] formats = Formats(matrices);
        FormatChoice[][] choices = Choices(rewrite, matrices, formats, (tensor, format) => costs.GetValueOrDefault((tensor.Name, format)));
        int[] chosen = FormatAssignment.Choose(choices, Room(rewrite, matrices, formats)) ?? throw TooSmall(rewrite, matrices, formats);
        PrecisionChoice choice = PrecisionChoice.Of(matrices, [.. chosen.Select((way, i) => formats[i][way])]) with
        {
            Sensitivity = table,
            PredictedDivergence = chosen.Select((way, i) => choices[i][way].Cost).Sum(),
        };
        choice = choice with { MeasuredDivergence = run.Together(choice.Formats) };
        return rewrite with { Precision = choice, Notes = [.. rewrite.Notes, Describe(matrices, choice)] };
    }

    /// <summary>Formats that fill the budget evenly, since what matters is not known yet.</summary>
    /// <exception cref="InputException">Even the smallest formats do not fit.</exception>
    public GgufRewrite Assume(GgufRewrite rewrite)
    {
        TensorEntry[] matrices = Matrices(rewrite);
        TensorFormat[][] formats = Formats(matrices);
        int[] chosen = FormatAssignment.Even(Choices(rewrite, matrices, formats, (_, _) => 0), Room(rewrite, matrices, formats)) ?? throw TooSmall(rewrite, matrices, formats);
        return rewrite with { Precision = PrecisionChoice.Of(matrices, [.. chosen.Select((way, i) => formats[i][way])]) };
    }

    TensorEntry[] Matrices(GgufRewrite rewrite) => rewrite.Transforms.FirstOrDefault(transform => transform.ChangesShape) is { } reshaping
        ? throw new InputException($"{reshaping.Name} changes shapes, and what is measured is the model as it was", "-t mixed-precision", $"write a model with {reshaping.Name} first, and apply this to it")
        : [.. rewrite.Tensors.Where(TensorRoles.IsQuantized)];

    // A matrix that none of the formats fits stays as it is.
    TensorFormat[][] Formats(TensorEntry[] matrices) =>
        [.. matrices.Select(tensor => SensitivityMeasurement.Fitting(tensor, Given).ToArray() is { Length: > 0 } fitting ? fitting : [tensor.Format])];

    FormatChoice[][] Choices(GgufRewrite rewrite, TensorEntry[] matrices, TensorFormat[][] formats, Func<TensorEntry, TensorFormat, double> cost) =>
        [.. matrices.Select((tensor, i) => formats[i].Select(format => new FormatChoice(Stored(rewrite, tensor, format), cost(tensor, format))).ToArray())];

    // In a file each tensor begins at a multiple of the alignment.
    long Stored(GgufRewrite rewrite, TensorEntry tensor, TensorFormat format)
    {
        long bytes = format.TensorBytes(tensor.Shape), alignment = 1;
        if (Budget.FileBytes is not null)
        {
            alignment = rewrite.SourceMetadata.TryGet("general.alignment", out GgufValue? value) ? value.AsInt32() : UsualAlignment;
        }

        return (bytes + alignment - 1) / alignment * alignment;
    }

    long Room(GgufRewrite rewrite, TensorEntry[] matrices, TensorFormat[][] formats)
    {
        if (Budget.FileBytes is not { } whole)
        {
            return (long)(Budget.Bits!.Value / 8 * matrices.Sum(tensor => tensor.Shape.Elements));
        }

        GgufRewrite any = rewrite with { Precision = PrecisionChoice.Of(matrices, [.. formats.Select(fitting => fitting[0])]) };
        return whole - (any.FileBytes - matrices.Select((tensor, i) => Stored(rewrite, tensor, formats[i][0])).Sum());
    }

    InputException TooSmall(GgufRewrite rewrite, TensorEntry[] matrices, TensorFormat[][] formats)
    {
        long least = Choices(rewrite, matrices, formats, (_, _) => 0).Sum(choices => choices.Min(choice => choice.Bytes));
        string cure = Budget.FileBytes is { } whole ? string.Create(CultureInfo.InvariantCulture, $"give at least {Math.Ceiling((whole - Room(rewrite, matrices, formats) + least) / 1e3) / 1e3:0.000}MB, or smaller formats")
            : string.Create(CultureInfo.InvariantCulture, $"give at least {Math.Ceiling(8000.0 * least / matrices.Sum(tensor => tensor.Shape.Elements)) / 1e3:0.000} bits, or smaller formats");
        return new InputException("the smallest of its formats for every matrix take more than the budget", "-t mixed-precision", cure);
    }

    static string Describe(TensorEntry[] matrices, PrecisionChoice choice)
    {
        double bits = matrices.Sum(tensor => 8.0 * choice.Formats[tensor.Name].TensorBytes(tensor.Shape)) / matrices.Sum(tensor => tensor.Shape.Elements);
        string mix = string.Join(", ", choice.Formats.Values.GroupBy(format => format).OrderBy(group => group.Key.RowBytes(256)).ThenBy(group => group.Key).Select(group => $"{group.Count()} {group.Key.Name()}"));
        SensitivityTable table = choice.Sensitivity!;
        return string.Create(CultureInfo.InvariantCulture,
            $"matrices: {mix}; {bits:0.000} bits a weight; divergence over {table.Positions} positions {choice.PredictedDivergence:0.00000} summed, {choice.MeasuredDivergence:0.00000} all rounded ({(table.Method == SensitivityMethod.Divergence ? "each format run" : "one format of each matrix run")})");
    }

    // While it is measured no block is written.
    sealed class Steps(IProgress<RewriteProgress> progress, int blocks) : IProgress<RewriteProgress>
    {
        public void Report(RewriteProgress value) => progress.Report(new RewriteProgress(0, blocks, $"{value.Step}, {value.Done:0} of {value.Total:0}"));
    }
}
