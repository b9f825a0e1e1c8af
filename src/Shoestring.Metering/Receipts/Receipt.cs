namespace Shoestring.Metering;

/// <summary>
/// What a piece of work cost in the five resources and what quality it bought. Immutable; every number says its source.
/// Its JSON (schema <c>shoestring.receipt/1</c>) is <see cref="ReceiptJson"/>'s, its plain text <see cref="ReceiptText"/>'s.
/// </summary>
public sealed record Receipt
{
    /// <summary>The name and version of the JSON shape.</summary>
    public const string CurrentSchema = "shoestring.receipt/1";

    /// <summary>The schema that this receipt was written in.</summary>
    public string Schema { get; init; } = CurrentSchema;

    /// <summary>What the receipt is for.</summary>
    public required Work Work { get; init; }

    /// <summary>Arithmetic and time.</summary>
    public ComputationFigures Computation { get; init => field = value ?? new(); } = new();

    /// <summary>Bytes held.</summary>
    public MemoryFigures Memory { get; init => field = value ?? new(); } = new();

    /// <summary>Energy and carbon.</summary>
    public EnergyFigures Energy { get; init => field = value ?? new(); } = new();

    /// <summary>Dollars.</summary>
    public MoneyFigures Money { get; init => field = value ?? new(); } = new();

    /// <summary>Bytes over the network.</summary>
    public CommunicationFigures Communication { get; init => field = value ?? new(); } = new();

    /// <summary>Output per resource.</summary>
    public EfficiencyFigures Efficiency { get; init => field = value ?? new(); } = new();

    /// <summary>What was bought.</summary>
    public QualityFigures Quality { get; init => field = value ?? new(); } = new();
}
