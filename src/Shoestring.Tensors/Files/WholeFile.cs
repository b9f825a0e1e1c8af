namespace Shoestring.Tensors;

/// <summary>Writes small files beside models: whole or not at all, so that a reader never sees half of one.</summary>
public static class WholeFile
{
    /// <summary>Writes a file in place of what was there.</summary>
    /// <exception cref="InputException">The folder is missing or not writable, or the disk is full.</exception>
    public static void Write(string path, ReadOnlySpan<byte> bytes)
    {
        using var file = new ReplacingFile(path, bytes.Length);
        file.Write(0, bytes);
        file.Commit();
    }
}
