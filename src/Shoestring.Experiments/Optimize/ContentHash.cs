using System.Security.Cryptography;
using System.Text;
using Shoestring.Tensors;

namespace Shoestring.Experiments;

/// <summary>SHA-256 of contents, in lower-case hexadecimal.</summary>
public static class ContentHash
{
    /// <summary>The hash of a file, or of a folder's files in the order of their names.</summary>
    /// <exception cref="InputException">It cannot be read.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static string Of(string path, CancellationToken cancellation = default)
    {
        try
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            string[] files = Directory.Exists(path) ? Directory.GetFiles(path) : [path];
            foreach (string file in files.Order(StringComparer.Ordinal))
            {
                Add(hash, file, cancellation);
            }

            return Convert.ToHexStringLower(hash.GetHashAndReset());
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new InputException(fault.Message.ReplaceLineEndings(" ").TrimEnd('.'), path, "check the path", fault);
        }
    }

    /// <summary>The hash of bytes.</summary>
    public static string Of(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    internal static string OfText(string text) => Of(Encoding.UTF8.GetBytes(text));

    static void Add(IncrementalHash hash, string file, CancellationToken cancellation)
    {
        var buffer = new byte[1 << 20];
        using FileStream stream = File.OpenRead(file);
        for (int read; (read = stream.Read(buffer)) > 0;)
        {
            cancellation.ThrowIfCancellationRequested();
            hash.AppendData(buffer, 0, read);
        }
    }
}
