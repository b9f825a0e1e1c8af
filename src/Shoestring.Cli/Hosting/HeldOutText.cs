namespace Shoestring.Cli;

/// <summary>The text that a search scores on, and the one that techniques look at the model with, which is never the same.</summary>
/// <param name="Scored">The text to score on, that nothing is fitted to.</param>
/// <param name="Calibration">The text to fit to, or null.</param>
sealed record HeldOutText(ScoredText Scored, ScoredText? Calibration)
{
    /// <summary>
    /// The given text to score on, and all of the calibration text to fit to. Without a text to score on, the last quarter of the
    /// calibration text is that, or of the built-in one, and the rest is fitted to.
    /// </summary>
    /// <param name="text">The text to score on, or null.</param>
    /// <param name="calibration">The calibration text, or null.</param>
    /// <param name="isBuiltIn">Whether the model is the built-in one, which knows the built-in text.</param>
    /// <exception cref="InputException">A file cannot be read or is empty.</exception>
    public static HeldOutText Of(string? text, string? calibration, bool isBuiltIn)
    {
        ScoredText? given = calibration is null ? null : NotEmpty(new ScoredText(calibration, UserFiles.ReadBytes(calibration)));
        if (text is not null)
        {
            return new HeldOutText(NotEmpty(new ScoredText(text, UserFiles.ReadBytes(text))), given);
        }

        var builtIn = new ScoredText(DefaultModel.TextName, DefaultModel.Text());
        return given is not null || isBuiltIn ? Split(given ?? builtIn) : new HeldOutText(builtIn, null);
    }

    static ScoredText NotEmpty(ScoredText text) => text.Bytes.Length > 0 ? text : throw new InputException("the text is empty", text.Name, "give a longer one");

    // The cut falls on the start of a character.
    static HeldOutText Split(ScoredText text)
    {
        int start = text.Bytes.Length / 4 * 3;
        while (start < text.Bytes.Length && (text.Bytes[start] & 0xC0) == 0x80)
        {
            start++;
        }

        return new HeldOutText(
            NotEmpty(new ScoredText($"{text.Name} (last quarter)", text.Bytes[start..])),
            NotEmpty(new ScoredText($"{text.Name} (first three quarters)", text.Bytes[..start])));
    }
}
