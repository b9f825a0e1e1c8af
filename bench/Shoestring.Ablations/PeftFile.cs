using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Shoestring.Experiments;
using Shoestring.Tensors;

namespace Shoestring.Ablations;

/// <summary>What a method came to with a seed and a learning rate.</summary>
/// <param name="Arm">The method's name in the plan.</param>
/// <param name="Rate">Highest learning rate.</param>
/// <param name="Seed">Seed of order, weights and held-out part.</param>
/// <param name="Validation">Loss of a held-out token after the run, in nats.</param>
/// <param name="Test">Loss of a token of the test text after it; null where rates were chosen.</param>
/// <param name="Domain">Loss of a token of the first domain's text after it; null where rates were chosen.</param>
/// <param name="Learned">Numbers that learn.</param>
/// <param name="PeakResidentBytes">Peak resident memory of the process, from the operating system.</param>
/// <param name="StoredBytes">What was written: adapter or model.</param>
/// <param name="Flops">Operations.</param>
/// <param name="Seconds">Wall time of the run.</param>
/// <param name="Joules">Modelled energy of the run.</param>
sealed record PeftCell(string Arm, double Rate, int Seed, double Validation, double? Test, double? Domain, long Learned, double PeakResidentBytes, double StoredBytes, double Flops, double Seconds, double Joules);

/// <summary>All cells so far, and the losses of the model that each begins with.</summary>
sealed record PeftResult(string Machine, string Model, string Text, string DomainText, long Parameters, double TestBefore, double DomainBefore, IReadOnlyList<PeftCell> Cells);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(PeftResult))]
sealed partial class PeftJson : JsonSerializerContext;

/// <summary>Results in a file that is replaced after each cell, and their table beside it.</summary>
sealed class PeftFile(string path)
{
    PeftResult? result = File.Exists(path) ? JsonSerializer.Deserialize(File.ReadAllText(path), PeftJson.Default.PeftResult) : null;

    /// <summary>Whether the losses before tuning are there.</summary>
    public bool HasBeginning => result is not null;

    /// <summary>Whether a cell is there.</summary>
    public bool Has(PeftArm arm, double rate, int seed) => result?.Cells.Any(cell => cell.Arm == arm.Name && cell.Rate == rate && cell.Seed == seed) == true;

    /// <summary>Keeps the losses before tuning.</summary>
    public void Begin(string model, string text, string domainText, long parameters, double test, double domain) => Save(new PeftResult(
        MachineDescription.Current.ToString(), Path.GetFileName(model), Path.GetFileName(text), Path.GetFileName(domainText), parameters, test, domain, []));

    /// <summary>Keeps a cell.</summary>
    public void Add(PeftCell cell) => Save(result! with { Cells = [.. result.Cells, cell] });

    /// <summary>The rate with the lowest validation loss.</summary>
    /// <exception cref="InputException">None was tried.</exception>
    public double BestRate(PeftArm arm) => result!.Cells.Where(cell => cell.Arm == arm.Name && cell.Seed == PeftPlan.RateSeed).MinBy(cell => cell.Validation)?.Rate
        ?? throw new InputException($"no rate of {arm.Name} was tried", path, "run it again without --arm");

    /// <summary>Writes the table beside the results.</summary>
    public void WriteTable()
    {
        string table = Table(result ?? throw new InputException("it holds no results", path, "run the comparison first"));
        WholeFile.Replace(Path.ChangeExtension(path, ".md"), table);
        Console.Write(table);
    }

    void Save(PeftResult next)
    {
        result = next;
        WholeFile.Replace(path, JsonSerializer.Serialize(next, PeftJson.Default.PeftResult) + "\n");
    }

    string Table(PeftResult all)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"# Methods of fine-tuning\n\nGenerated from {Path.GetFileName(path)}. {all.Model} on {all.Text}: {PeftPlan.Steps} steps of {PeftPlan.BatchTokens} tokens, context {PeftPlan.Context}; {all.Machine}.\n");
        text.Append(CultureInfo.InvariantCulture, $"Before: test loss {all.TestBefore:0.0000}, loss on {all.DomainText} {all.DomainBefore:0.0000} nats. Rates were chosen on validation text with a seed of their own; the test text was seen by nothing.\n");
        text.Append(CultureInfo.InvariantCulture, $"Means over {PeftPlan.Seeds} seeds with Student's 95 % interval; recovered is the share of full tuning's drop of the test loss, paired by seed; forgetting is the rise of the loss on the first domain.\n\n");
        text.Append("| method | techniques | rate | test loss | recovered | forgetting | learns | stored, MB | peak resident, MB | TFLOP | seconds | joules (modelled) |\n|---|---|---|---|---|---|---|---|---|---|---|---|\n");
        PeftCell[] full = Compared(all, PeftPlan.Arms[0]);
        foreach (PeftArm arm in PeftPlan.Arms.Where(arm => Compared(all, arm).Length > 0))
        {
            PeftCell[] cells = Compared(all, arm);
            double[] recovered = [.. cells.Join(full, cell => cell.Seed, cell => cell.Seed, (cell, other) => 100 * (all.TestBefore - cell.Test!.Value) / (all.TestBefore - other.Test!.Value))];
            text.Append(CultureInfo.InvariantCulture, $"| {arm.Name} | {string.Join(' ', arm.Methods.Select(method => $"`{method}`"))} | {cells[0].Rate} | {Mean([.. cells.Select(cell => cell.Test!.Value)], "0.0000")} | {Mean(recovered, "0.0")} % | ");
            text.Append(CultureInfo.InvariantCulture, $"{Mean([.. cells.Select(cell => cell.Domain!.Value - all.DomainBefore)], "0.000")} | {100.0 * cells[0].Learned / all.Parameters:0.00} % | {cells[0].StoredBytes / 1e6:0.00} | {cells.Average(cell => cell.PeakResidentBytes) / 1e6:0} | ");
            text.Append(CultureInfo.InvariantCulture, $"{cells.Average(cell => cell.Flops) / 1e12:0.0} | {cells.Average(cell => cell.Seconds):0} | {cells.Average(cell => cell.Joules):0} |\n");
        }

        return text.ToString();
    }

    static PeftCell[] Compared(PeftResult all, PeftArm arm) => [.. all.Cells.Where(cell => cell.Arm == arm.Name && cell.Seed != PeftPlan.RateSeed).OrderBy(cell => cell.Seed)];

    static string Mean(double[] values, string format) => values.Average().ToString(format, CultureInfo.InvariantCulture)
        + (Student.HalfWidth(values) is { } half ? $" ± {half.ToString(format, CultureInfo.InvariantCulture)}" : "");
}
