namespace Shoestring.Cli;

/// <summary>Text that is given as an option or in a file.</summary>
static class PromptText
{
    /// <summary>The text of <c>--prompt</c> or <c>--file</c>, of which exactly one is given.</summary>
    /// <exception cref="InputException">None or both are given, or the text is empty.</exception>
    public static string Of(Session session, string? prompt, string? file)
    {
        if (prompt is null == file is null)
        {
            throw new InputException(prompt is null ? "no text is given" : "both --prompt and --file are given", "text", "give -p TEXT or --file FILE");
        }

        return NotEmpty(prompt ?? (file == "-" ? session.Host.Input.ReadToEnd() : UserFiles.ReadText(file!)), prompt is null ? file! : "-p");
    }

    /// <summary>The text itself, if there is any.</summary>
    /// <exception cref="InputException">It is empty.</exception>
    public static string NotEmpty(string text, string where) =>
        text.Length > 0 ? text : throw new InputException("the text is empty", where, "give some text");
}
