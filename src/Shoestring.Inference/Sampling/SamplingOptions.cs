namespace Shoestring.Inference;

/// <summary>How the next token is chosen. The defaults are llama.cpp's, except that a temperature of 0 is greedy.</summary>
public sealed record SamplingOptions
{
    /// <summary>Divides the logits; 0 takes the most likely token. Default 0.8 (llama.cpp).</summary>
    public float Temperature { get; init; } = 0.8f;

    /// <summary>Keeps the K most likely tokens; 0 keeps all. Default 40 (Fan et al., arXiv 1805.04833; llama.cpp).</summary>
    public int TopK { get; init; } = 40;

    /// <summary>Keeps the fewest tokens whose probabilities reach P. Default 0.95 (Holtzman et al., arXiv 1904.09751; llama.cpp).</summary>
    public float TopP { get; init; } = 0.95f;

    /// <summary>Keeps tokens at least this share as likely as the likeliest. Default 0.05 (Nguyen et al., arXiv 2407.01082; llama.cpp).</summary>
    public float MinP { get; init; } = 0.05f;

    /// <summary>Divides positive logits of recent tokens and multiplies negative ones; 1 is off (Keskar et al., arXiv 1909.05858, §4.1).</summary>
    public float RepeatPenalty { get; init; } = 1f;

    /// <summary>How many recent tokens the penalty looks at. Default 64 (llama.cpp).</summary>
    public int RepeatWindow { get; init; } = 64;

    /// <summary>Where the random numbers start.</summary>
    public ulong Seed { get; init; }

    /// <summary>The most likely token, always.</summary>
    public static SamplingOptions Greedy { get; } = new() { Temperature = 0 };
}
