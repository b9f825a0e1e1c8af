namespace Shoestring.Tensors;

public static partial class BlockFormats
{
    static readonly TensorFormat[] known = Enum.GetValues<TensorFormat>();

    /// <summary>All formats, in the order of their numbers.</summary>
    public static IReadOnlyList<TensorFormat> All => known;

    /// <summary>The format's name as ggml writes it, in capitals: <c>Q4_K</c>.</summary>
    public static string Name(this TensorFormat format) => format.ToString();

    /// <summary>The format of that name, in any case.</summary>
    /// <exception cref="InputException">There is none; the message lists those there are.</exception>
    public static TensorFormat Parse(string name)
    {
        foreach (var format in known)
        {
            if (string.Equals(name, format.Name(), StringComparison.OrdinalIgnoreCase))
            {
                return format;
            }
        }

        throw new InputException(
            $"unknown tensor format '{name}'", "format", $"use one of {string.Join(", ", known.Select(Name))}");
    }
}
