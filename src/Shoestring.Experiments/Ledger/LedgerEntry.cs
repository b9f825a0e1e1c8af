using System.Text.Json;
using Shoestring.Metering;

namespace Shoestring.Experiments;

/// <summary>One receipt in the ledger.</summary>
/// <param name="Id">Its number, rising with time.</param>
/// <param name="Time">When the work was done.</param>
/// <param name="Verb">The command that did it.</param>
/// <param name="Model">The model it was done with, or null.</param>
/// <param name="Machine">The machine it was done on.</param>
/// <param name="Json">The receipt as it was written.</param>
public sealed record LedgerEntry(long Id, DateTimeOffset Time, string Verb, string? Model, string Machine, string Json)
{
    /// <summary>The receipt, or null when it was written in a schema that this version does not read.</summary>
    public Receipt? Receipt { get; } = Read(Json);

    static Receipt? Read(string json)
    {
        try
        {
            return ReceiptJson.Read(json);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>A sum over the ledger, which says what it includes.</summary>
/// <param name="Name">The figure's name in the receipt.</param>
/// <param name="Value">The sum of the figures that had a value, or null when none had.</param>
/// <param name="Unit">The figures' unit.</param>
/// <param name="Included">Receipts that had a value.</param>
/// <param name="Unavailable">Receipts that had none.</param>
public sealed record LedgerTotal(string Name, double? Value, string Unit, int Included, int Unavailable);
