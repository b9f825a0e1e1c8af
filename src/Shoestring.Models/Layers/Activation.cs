namespace Shoestring.Models;

/// <summary>The activations of a step, by what they hold.</summary>
public enum Activation
{
    /// <summary>The residual stream. <c>[row, channel]</c></summary>
    Residual,

    /// <summary>The mixer's normalized input.</summary>
    MixerInput,

    Query,
    Key,
    Value,

    /// <summary>The heads' outputs before the output projection.</summary>
    Heads,

    /// <summary>The mixer's contribution.</summary>
    MixerOutput,

    /// <summary>The feed-forward layer's normalized input.</summary>
    FeedForwardInput,

    Gate,
    Up,

    /// <summary>The feed-forward layer's contribution.</summary>
    FeedForwardOutput,

    /// <summary>The rows that want logits, then normalized.</summary>
    HeadInput,

    /// <summary><c>[wanted row, token]</c></summary>
    Logits,

    /// <summary>Cosines and sines of the rows' positions.</summary>
    Angles,

    /// <summary>Cosines and sines of the turns by which rows see sinks.</summary>
    SinkAngles,

    /// <summary>What lies between the two factors of a low-rank layer.</summary>
    LowRank,

    /// <summary>The same of a second layer that reads the same rows: key, up.</summary>
    SecondLowRank,

    /// <summary>The same of a third: value.</summary>
    ThirdLowRank,

    /// <summary>The residual stream as a shortcut turned it.</summary>
    Shortcut,

    /// <summary>Queries after the norms of their heads; in inference the queries' own memory.</summary>
    NormedQuery,

    /// <summary>The same of keys.</summary>
    NormedKey,

    /// <summary>What goes into the feed-forward layer's last projection; in inference the gate's own memory.</summary>
    Product,

    /// <summary>The residual stream between mixer and feed-forward layer; from here on only training has them.</summary>
    Middle,

    /// <summary>Logarithms of the sums that attention's weights were divided by. <c>[row, head]</c></summary>
    LogSums,

    /// <summary>The gradient of the residual stream.</summary>
    ResidualGradient,

    /// <summary>The gradient of the mixer's normalized input.</summary>
    MixerInputGradient,

    /// <summary>The gradient of the feed-forward layer's normalized input.</summary>
    FeedForwardInputGradient,

    HeadsGradient,
    KeyGradient,
    ValueGradient,

    /// <summary>The gradient of queries before the norms of their heads.</summary>
    RawQueryGradient,

    /// <summary>The same of keys.</summary>
    RawKeyGradient,

    /// <summary>The gradient of the head's normalized input. <c>[wanted row, channel]</c></summary>
    HeadInputGradient,
}
