using System.Text;

namespace Shoestring.Cli;

/// <summary>Files that the user names on the command line; what is wrong with one is the user's to mend.</summary>
static class UserFiles
{
    /// <summary>The most bytes of text that a command takes in.</summary>
    const long Limit = 1L << 30;

    /// <summary>A text file's bytes as they are.</summary>
    /// <exception cref="InputException">It is missing, no file, too large, or cannot be read.</exception>
    public static byte[] ReadBytes(string path)
    {
        if (!File.Exists(path))
        {
            throw new InputException(Directory.Exists(path) ? "it is a folder, not a text file" : "there is no such file", path, "check the path");
        }

        return Attempt(path, "read", () => new FileInfo(path).Length is var length and > Limit
            ? throw new InputException($"it has {length} bytes, more than the {Limit} that are taken", path, "cut the text")
            : File.ReadAllBytes(path));
    }

    /// <summary>A text file; a byte order mark is no part of the text.</summary>
    /// <inheritdoc cref="ReadBytes"/>
    public static string ReadText(string path)
    {
        byte[] bytes = ReadBytes(path);
        ReadOnlySpan<byte> text = bytes;
        return Encoding.UTF8.GetString(text.StartsWith(Encoding.UTF8.Preamble) ? text[Encoding.UTF8.Preamble.Length..] : text);
    }

    /// <summary>Writes a file through <paramref name="write"/>.</summary>
    /// <exception cref="InputException">It cannot be written.</exception>
    public static void Write(string path, Action<TextWriter> write) => Attempt(path, "written", () =>
    {
        using var writer = new StreamWriter(path, append: false, new UTF8Encoding(false));
        write(writer);
        return true;
    });

    static T Attempt<T>(string path, string done, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            throw new InputException($"it cannot be {done} ({fault.Message.TrimEnd('.')})", path, "check the path and your rights to it", fault);
        }
    }
}
