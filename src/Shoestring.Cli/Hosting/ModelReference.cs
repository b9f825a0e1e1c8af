namespace Shoestring.Cli;

/// <summary>The model that a command is about: a path, or the built-in one.</summary>
/// <param name="Path">File or folder, or null for the built-in model.</param>
sealed record ModelReference(string? Path)
{
    /// <summary>The variable that names a model for commands that are given none.</summary>
    public const string Variable = "SHOESTRING_MODEL";

    /// <summary>What messages and receipts call it.</summary>
    public string Name => Path ?? DefaultModel.Name;

    /// <summary>The argument that names a model and may be left out.</summary>
    public static Argument<string?> Argument() => new("MODEL")
    {
        Description = $"A .gguf file, a folder with safetensors, or a llama2.c .bin (default: ${Variable}, else the built-in model)",
        Arity = ArgumentArity.ZeroOrOne,
    };

    /// <summary>The model of that argument, else of the environment, else the built-in one.</summary>
    /// <exception cref="InputException">The path is empty.</exception>
    public static ModelReference Of(Session session, string? argument) => argument switch
    {
        null => new ModelReference(session.Host.Environment(Variable) is { Length: > 0 } path ? path : null),
        "" => throw new InputException("the path is empty", "MODEL", "name a model file or folder, or leave it out"),
        _ => new ModelReference(argument),
    };

    /// <summary>The model of that argument.</summary>
    public static ModelReference Of(Session session, Argument<string?> argument) => Of(session, session.Value(argument));

    /// <summary>Opens the file.</summary>
    /// <exception cref="ModelFileException">There is nothing, no model, or no sound one.</exception>
    public ModelFile Open() => Path is null ? DefaultModel.Open() : ModelFiles.Open(Path);

    /// <summary>Its path, written to the cache folder first where it is the built-in one.</summary>
    /// <exception cref="InputException">The cache folder cannot be written.</exception>
    public string OnDisk(Session session) => Path ?? DefaultModel.Extract(session.Host.Folders);
}
