namespace Shoestring.Cli;

/// <summary>A text to score.</summary>
/// <param name="Name">What messages call it.</param>
/// <param name="Bytes">Its bytes.</param>
sealed record ScoredText(string Name, byte[] Bytes)
{
    static readonly string[] modelEndings = [".gguf", ".safetensors", ".bin"];

    /// <summary>The text.</summary>
    public string Text => System.Text.Encoding.UTF8.GetString(Bytes);

    /// <summary>The argument that names one and may be left out with the built-in model.</summary>
    public static Argument<string?> Argument() => new("FILE")
    {
        Description = "The text to score (default, for the built-in model: its own text)",
        Arity = ArgumentArity.ZeroOrOne,
    };

    /// <summary>
    /// Tells MODEL and FILE apart: a single argument that is no model is the text, and the model is left out.
    /// </summary>
    public static (string? Model, string? File) Split(string? first, string? second) =>
        second is null && first is not null && !LooksLikeModel(first) ? (null, first) : (first, second);

    /// <summary>The named text, or the built-in one for the built-in model.</summary>
    /// <exception cref="InputException">None is named, or it cannot be read.</exception>
    public static ScoredText Of(ModelReference model, string? file) =>
        file is not null ? new ScoredText(file, UserFiles.ReadBytes(file))
        : model.Path is null ? new ScoredText(DefaultModel.TextName, DefaultModel.Text())
        : throw new InputException("no text is given", "FILE", $"name a text file after {model.Path}");

    static bool LooksLikeModel(string path) =>
        Directory.Exists(path) || modelEndings.Any(ending => path.EndsWith(ending, StringComparison.OrdinalIgnoreCase));
}
