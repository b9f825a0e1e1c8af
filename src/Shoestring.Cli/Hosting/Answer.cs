namespace Shoestring.Cli;

/// <summary>What a verb's work came to.</summary>
/// <param name="Report">What was done and counted, for the receipt.</param>
/// <param name="Fields">Writes the fields of the JSON document, without the receipt.</param>
sealed record Answer(WorkReport Report, Action<Utf8JsonWriter> Fields)
{
    /// <summary>Writes the answer for people, unless it was written while the work went on.</summary>
    public Action<TextWriter> Text { get; init; } = _ => { };

    /// <summary>Makes the whole JSON document from the receipt, where the fields alone do not.</summary>
    public Func<Receipt, string>? Document { get; init; }

    /// <summary>Takes the receipt as soon as there is one, for files that hold it.</summary>
    public Action<Receipt> Receipted { get; init; } = _ => { };

    /// <summary>What was expected before the work ran.</summary>
    public Prediction? Prediction { get; init; }

    /// <summary>0, or 1 where the work ran but did not meet its goal.</summary>
    public int ExitCode { get; init; } = ExitCodes.Done;
}

/// <summary>What the process's exit says.</summary>
static class ExitCodes
{
    public const int Done = 0;
    public const int Failed = 1;
    public const int WrongInput = 2;
    public const int Interrupted = 130;
}
