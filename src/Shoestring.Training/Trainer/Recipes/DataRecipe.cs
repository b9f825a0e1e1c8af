namespace Shoestring.Training;

/// <summary>What a run reads.</summary>
public sealed record DataRecipe
{
    /// <summary>A text, JSON Lines or JSON file.</summary>
    public required string File { get; set; }

    /// <summary>auto, text, records, instructions or chat.</summary>
    public string Format { get; set; } = "auto";

    /// <summary>What divides documents of plain text: auto (the end-of-text marker where the text has it, else none), blank-line, marker or none.</summary>
    public string Division { get; set; } = "auto";

    /// <summary>The field of records that has their text.</summary>
    public string TextField { get; set; } = new ReaderOptions().TextField;

    /// <summary>Share that is held out to judge by; 0 for none. Default 0.05.</summary>
    public double HeldOut { get; set; } = 0.05;

    /// <summary>Whether records that cannot be read are counted and passed over.</summary>
    public bool SkipBad { get; set; }
}
