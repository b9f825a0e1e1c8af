namespace Shoestring.Tensors;

/// <summary>
/// Something a user handed over is wrong: a file, an option, a text. The command line prints the message as its one
/// line and exits with code 2.
/// </summary>
/// <param name="what">What is wrong, with the value that was found and the one that was expected.</param>
/// <param name="where">The file, option or position it was found at.</param>
/// <param name="cure">What the user can do about it.</param>
/// <param name="inner">The cause, when another exception revealed the fault.</param>
public class InputException(string what, string where, string cure, Exception? inner = null)
    : Exception($"{where}: {what}; {cure}", inner)
{
    /// <summary>What is wrong.</summary>
    public string What { get; } = what;

    /// <summary>Where it was found.</summary>
    public string Where { get; } = where;

    /// <summary>How to mend it.</summary>
    public string Cure { get; } = cure;
}

/// <summary>A model file is truncated, corrupt, hostile, or of a kind that is not handled.</summary>
/// <inheritdoc cref="InputException"/>
public sealed class ModelFileException(string what, string where, string cure, Exception? inner = null)
    : InputException(what, where, cure, inner);
