namespace Shoestring.Peers;

/// <summary>An engine with one model loaded, to be timed against another with the same file.</summary>
interface ISide : IDisposable
{
    /// <summary>Engine and settings, as results name it.</summary>
    string Name { get; }

    /// <summary>Runs a prompt of <paramref name="tokens"/> tokens into an empty context.</summary>
    /// <returns>Tokens per second.</returns>
    double Prefill(int tokens);

    /// <summary>
    /// Generates <paramref name="tokens"/> tokens for each of <paramref name="batch"/> sequences together, from empty
    /// contexts; the first token of each is not timed.
    /// </summary>
    /// <returns>Tokens per second, all sequences together.</returns>
    double Decode(int tokens, int batch);
}
