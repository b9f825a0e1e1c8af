namespace Shoestring.Cli;

/// <summary>The text that a search scores on.</summary>
static class HeldOutText
{
    /// <summary>The given text; else the last quarter of the calibration text; else the built-in one.</summary>
    /// <exception cref="InputException">A file cannot be read or is empty.</exception>
    public static ScoredText Of(string? text, string? calibration)
    {
        ScoredText scored = text is not null ? new ScoredText(text, UserFiles.ReadBytes(text))
            : calibration is not null ? LastQuarter(calibration)
            : new ScoredText(DefaultModel.TextName, DefaultModel.Text());
        return scored.Bytes.Length > 0 ? scored : throw new InputException("the text is empty", scored.Name, "give a longer one");
    }

    // The cut falls on the start of a character.
    static ScoredText LastQuarter(string path)
    {
        byte[] bytes = UserFiles.ReadBytes(path);
        int start = bytes.Length / 4 * 3;
        while (start < bytes.Length && (bytes[start] & 0xC0) == 0x80)
        {
            start++;
        }

        return new ScoredText($"{path} (last quarter)", bytes[start..]);
    }
}
