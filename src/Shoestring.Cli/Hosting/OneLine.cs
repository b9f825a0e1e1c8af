namespace Shoestring.Cli;

/// <summary>Messages of one line.</summary>
static class OneLine
{
    /// <summary>The text with its line ends and control characters made spaces.</summary>
    public static string Of(string text) =>
        string.Create(text.Length, text, (span, source) =>
        {
            for (int i = 0; i < span.Length; i++)
            {
                span[i] = char.IsControl(source[i]) || source[i] is '\u2028' or '\u2029' ? ' ' : source[i];
            }
        }).TrimEnd();
}
