namespace Shoestring.Metering;

/// <summary>The units that a receipt's figures are in.</summary>
public static class Units
{
    /// <summary>Floating-point operations; one multiply-add is two.</summary>
    public const string Flops = "FLOP";

    /// <summary>Floating-point operations a second.</summary>
    public const string FlopsPerSecond = "FLOP/s";

    /// <summary>Seconds.</summary>
    public const string Seconds = "s";

    /// <summary>Bytes.</summary>
    public const string Bytes = "B";

    /// <summary>Bytes a second.</summary>
    public const string BytesPerSecond = "B/s";

    /// <summary>Joules.</summary>
    public const string Joules = "J";

    /// <summary>Grams, of carbon dioxide equivalent.</summary>
    public const string Grams = "g";

    /// <summary>United States dollars.</summary>
    public const string Dollars = "$";

    /// <summary>Dollars for a million tokens.</summary>
    public const string DollarsPerMillionTokens = "$/Mtoken";

    /// <summary>Tokens a second.</summary>
    public const string TokensPerSecond = "token/s";

    /// <summary>Tokens for a joule.</summary>
    public const string TokensPerJoule = "token/J";

    /// <summary>Tokens for a dollar.</summary>
    public const string TokensPerDollar = "token/$";

    /// <summary>A ratio.</summary>
    public const string One = "1";

    /// <summary>Per cent.</summary>
    public const string Percent = "%";
}
