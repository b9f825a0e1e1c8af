using Shoestring.Tensors;

namespace Shoestring.Techniques;

/// <summary>
/// Sensitivities of one model over one text, for rewrites that differ in budget alone: a search measures them once. Not thread-safe.
/// </summary>
public sealed class SharedSensitivities
{
    readonly Dictionary<string, SensitivityTable> tables = [];

    /// <summary>The table of a measurement, made now unless it is there.</summary>
    internal SensitivityTable Get(SensitivityOptions options, IReadOnlyList<TensorFormat>? formats, IEnumerable<TensorEntry> tensors, Func<SensitivityTable> measure)
    {
        string key = $"{options}; {string.Join(' ', formats ?? [])}; {string.Join(' ', tensors.Select(tensor => $"{tensor.Name} {tensor.Shape}"))}";
        if (!tables.TryGetValue(key, out SensitivityTable? table))
        {
            tables[key] = table = measure();
        }

        return table;
    }
}
