namespace Shoestring.Tensors;

/// <summary>
/// A tensor that a file holds and that this build does not read: integer buffers such as masks and positions, which
/// models carry and nobody needs. Only asking for it is an error.
/// </summary>
/// <param name="Name">Its name.</param>
/// <param name="Reason">Why it is not read, to follow its name in a message.</param>
public sealed record UnreadTensor(string Name, string Reason)
{
    /// <summary>Its type as the file has it.</summary>
    public string Type { get; init; } = "";

    /// <summary>Which shard holds it.</summary>
    internal int Part { get; init; }

    /// <summary>Where in the shard it begins.</summary>
    internal long Offset { get; init; }

    /// <summary>Bytes that it takes.</summary>
    public long Bytes { get; init; }
}
