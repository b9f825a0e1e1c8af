using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Shoestring.Experiments;
using Shoestring.Tensors;

namespace Shoestring.Ablations;

/// <summary>What an arm came to with a seed.</summary>
/// <param name="Group">What is compared.</param>
/// <param name="Arm">The arm.</param>
/// <param name="Seed">The seed of text, weights and order.</param>
/// <param name="HeldOutLoss">Mean loss of a held-out token, in nats.</param>
/// <param name="Flops">Operations, scores and teachers among them.</param>
/// <param name="Tokens">Rows trained on.</param>
/// <param name="TrainingTokens">Tokens of the text that was trained on.</param>
/// <param name="Seconds">Wall time, on a machine that may have been busy.</param>
sealed record Cell(string Group, string Arm, int Seed, double HeldOutLoss, double Flops, long Tokens, long TrainingTokens, double Seconds);

/// <summary>All cells so far.</summary>
sealed record AblationResult(string Machine, string Text, int Steps, string Model, IReadOnlyList<Cell> Cells);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(AblationResult))]
sealed partial class AblationJson : JsonSerializerContext;

/// <summary>Results in a file that is replaced after each cell, and their table beside it.</summary>
sealed class AblationFile
{
    readonly string path;
    AblationResult result;

    AblationFile(string path, AblationResult result) => (this.path, this.result) = (path, result);

    /// <summary>The results there are, or none yet.</summary>
    /// <exception cref="InputException">They are of other text or steps.</exception>
    public static AblationFile Open(string path, string text, int steps)
    {
        if (!File.Exists(path))
        {
            return new AblationFile(path, new AblationResult(MachineDescription.Current.ToString(), Path.GetFileName(text), steps, CellRunner.Model, []));
        }

        AblationFile there = Read(path);
        return there.result.Steps == steps && there.result.Text == Path.GetFileName(text) && there.result.Model == CellRunner.Model ? there
            : throw new InputException($"its cells are of {there.result.Steps} steps on {there.result.Text}", path, "name another file");
    }

    /// <summary>The results of a file.</summary>
    public static AblationFile Read(string path) => new(path, JsonSerializer.Deserialize(File.ReadAllText(path), AblationJson.Default.AblationResult)!);

    /// <summary>Whether a cell is there.</summary>
    public bool Has(CellPlan plan) => result.Cells.Any(cell => cell.Group == plan.Arm.Group && cell.Arm == plan.Arm.Name && cell.Seed == plan.Seed);

    /// <summary>Keeps a cell.</summary>
    public void Add(Cell cell)
    {
        result = result with { Cells = [.. result.Cells, cell] };
        WholeFile.Replace(path, JsonSerializer.Serialize(result, AblationJson.Default.AblationResult) + "\n");
    }

    /// <summary>Writes the table beside the results.</summary>
    public void WriteTable()
    {
        string table = Table();
        WholeFile.Replace(Path.ChangeExtension(path, ".md"), table);
        Console.Write(table);
    }

    string Table()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"# Ablations\n\nGenerated from {Path.GetFileName(path)}. {result.Model}; {result.Steps} steps on {result.Text}; {result.Machine}.\n");
        text.Append("Differences are paired by seed, with Student's 95 % interval; below zero is better than the control.\n");
        foreach (IGrouping<string, Arm> group in AblationPlan.Arms.GroupBy(arm => arm.Group))
        {
            Cell[] control = Of(group.First());
            text.Append(CultureInfo.InvariantCulture, $"\n## {group.Key}\n\n| arm | techniques | held-out loss | difference from {group.First().Name} | operations | seeds |\n|---|---|---|---|---|---|\n");
            foreach (Arm arm in group)
            {
                Cell[] cells = Of(arm);
                if (cells.Length > 0)
                {
                    text.Append(CultureInfo.InvariantCulture, $"| {arm.Name} | {string.Join(' ', arm.Methods.Select(method => $"`{method}`"))} | {cells.Average(cell => cell.HeldOutLoss):0.0000} | {Difference(cells, control, arm == group.First())} | {cells.Average(cell => cell.Flops):0.00e0} | {cells.Length} |\n");
                }
            }
        }

        return text.ToString();
    }

    Cell[] Of(Arm arm) => [.. result.Cells.Where(cell => cell.Group == arm.Group && cell.Arm == arm.Name).OrderBy(cell => cell.Seed)];

    static string Difference(Cell[] cells, Cell[] control, bool isControl)
    {
        double[] differences = [.. cells.Join(control, cell => cell.Seed, cell => cell.Seed, (cell, other) => cell.HeldOutLoss - other.HeldOutLoss)];
        if (isControl || differences.Length == 0)
        {
            return "";
        }

        double mean = differences.Average();
        return Student.HalfWidth(differences) is { } half ? string.Create(CultureInfo.InvariantCulture, $"{mean:+0.0000;-0.0000} ± {half:0.0000}")
            : string.Create(CultureInfo.InvariantCulture, $"{mean:+0.0000;-0.0000}");
    }
}
