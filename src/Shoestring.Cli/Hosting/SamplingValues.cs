using Shoestring.Inference;

namespace Shoestring.Cli;

/// <summary>The options that say how tokens are chosen.</summary>
sealed class SamplingValues
{
    static readonly SamplingOptions usual = new();

    readonly Option<float?> temperature = Values.Real("--temp", Description("Divides the logits; 0 always takes the likeliest token", usual.Temperature), "T", 0, 100);
    readonly Option<int?> topK = Values.Integer("--top-k", Description("Keeps the K likeliest tokens; 0 keeps all", usual.TopK), 0);
    readonly Option<float?> topP = Values.Real("--top-p", Description("Keeps the fewest tokens whose probabilities reach P", usual.TopP), "P", 0, 1);
    readonly Option<float?> minP = Values.Real("--min-p", Description("Keeps tokens at least P times as likely as the likeliest", usual.MinP), "P", 0, 1);
    readonly Option<float?> repeatPenalty = Values.Real("--repeat-penalty", Description("Makes recent tokens less likely; 1 is off", usual.RepeatPenalty), "R", 0.01f, 100);

    /// <summary>The options, in the order in which help lists them.</summary>
    public IEnumerable<Option> All => [temperature, topK, topP, minP, repeatPenalty];

    /// <summary>What was chosen.</summary>
    public SamplingOptions Of(Session session) => new()
    {
        Temperature = session.Value(temperature) ?? usual.Temperature,
        TopK = session.Value(topK) ?? usual.TopK,
        TopP = session.Value(topP) ?? usual.TopP,
        MinP = session.Value(minP) ?? usual.MinP,
        RepeatPenalty = session.Value(repeatPenalty) ?? usual.RepeatPenalty,
        Seed = session.Seed,
    };

    static string Description(string text, float usual) => string.Create(CultureInfo.InvariantCulture, $"{text} (default {usual})");
}
