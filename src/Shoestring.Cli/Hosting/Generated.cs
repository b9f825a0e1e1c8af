using System.Text;
using Shoestring.Inference;

namespace Shoestring.Cli;

/// <summary>One answer of a model.</summary>
/// <param name="Prompt">Tokens of its prompt.</param>
/// <param name="Text">The text.</param>
/// <param name="Tokens">The tokens.</param>
/// <param name="Stop">Why it ended; None when it was interrupted.</param>
/// <param name="TimeToFirstToken">From its start to its first token, or null when it came to none.</param>
/// <param name="DecodeTime">From its first token to its last.</param>
sealed record Generated(int Prompt, string Text, IReadOnlyList<int> Tokens, StopReason Stop, TimeSpan? TimeToFirstToken, TimeSpan DecodeTime)
{
    /// <summary>Tokens a second after the first, or null where there are fewer than two.</summary>
    public double? DecodeTokensPerSecond => Tokens.Count > 1 && DecodeTime > TimeSpan.Zero ? (Tokens.Count - 1) / DecodeTime.TotalSeconds : null;

    /// <summary>The reason as the JSON has it.</summary>
    public string StopName => Stop switch
    {
        StopReason.Length => "length",
        StopReason.Stop => "stop",
        StopReason.Eos => "eos",
        _ => "interrupted",
    };

    /// <summary>Runs one request and shows its text as it comes, with a line end after it.</summary>
    public static Generated Stream(Engine engine, GenerationRequest request, TextWriter output, CancellationToken cancellation)
    {
        using Generation generation = engine.Submit(request);
        var text = new StringBuilder();
        try
        {
            while (generation.Stop == StopReason.None && !cancellation.IsCancellationRequested)
            {
                engine.Step();
                while (generation.TryRead(out GeneratedPiece piece))
                {
                    text.Append(piece.Text);
                    output.Write(piece.Text);
                    output.Flush();
                }
            }
        }
        finally
        {
            engine.Cancel(generation);
            output.WriteLine();
            output.Flush();
        }

        return Of(generation, text.ToString());
    }

    /// <summary>What a generation has come to.</summary>
    public static Generated Of(Generation generation, string text) =>
        new(generation.Request.Prompt.Count, text, [.. generation.Tokens], generation.Stop, generation.TimeToFirstToken, generation.DecodeTime);

    /// <summary>Writes the JSON fields.</summary>
    public void Fields(Utf8JsonWriter writer)
    {
        writer.WriteString("text", Text);
        writer.Array("tokens", Tokens, writer.WriteNumberValue);
        writer.WriteString("stopReason", StopName);
        writer.Number("timeToFirstTokenSeconds", TimeToFirstToken?.TotalSeconds);
        writer.Number("decodeTokensPerSecond", DecodeTokensPerSecond);
    }
}
