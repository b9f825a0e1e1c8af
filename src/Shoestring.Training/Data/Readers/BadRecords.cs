using Shoestring.Tensors;

namespace Shoestring.Training;

/// <summary>What becomes of records that cannot be read: they are refused, or counted and passed over.</summary>
/// <param name="skip">Whether to pass them over.</param>
public sealed class BadRecords(bool skip)
{
    /// <summary>How many are described; the others are counted.</summary>
    public const int MostDescribed = 20;

    readonly List<string> descriptions = [];

    /// <summary>Records that were passed over.</summary>
    public int Count { get; private set; }

    /// <summary>The first of them: file, line and what is wrong.</summary>
    public IReadOnlyList<string> Descriptions => descriptions;

    /// <summary>Takes note of a bad record.</summary>
    /// <exception cref="InputException">Bad records are not to be passed over.</exception>
    public void Report(InputException fault)
    {
        if (!skip)
        {
            throw new InputException(fault.What, fault.Where, $"{fault.Cure}, or pass bad records over (--skip-bad)", fault);
        }
        Count++;
        if (descriptions.Count < MostDescribed)
        {
            descriptions.Add($"{fault.Where}: {fault.What}");
        }
    }
}
