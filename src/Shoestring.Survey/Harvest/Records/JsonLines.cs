using Shoestring.Tensors;

namespace Shoestring.Survey;

/// <summary>Reads files of one JSON document a line.</summary>
static class JsonLines
{
    // Addresses have at most 8,192 letters, and a line holds three; what is longer was not written here.
    const int Limit = 1 << 20;

    /// <summary>The lines that are whole, without their ends; one that is cut off at the end of the file is left out.</summary>
    /// <exception cref="InputException">A line is far too long.</exception>
    public static IEnumerable<ReadOnlyMemory<byte>> Whole(Stream stream, string path)
    {
        var buffer = new byte[64 << 10];
        int filled = 0;
        for (int read; (read = stream.Read(buffer, filled, buffer.Length - filled)) > 0;)
        {
            filled += read;
            int from = 0;
            for (int end; (end = buffer.AsSpan(from, filled - from).IndexOf((byte)'\n')) >= 0; from += end + 1)
            {
                yield return buffer.AsMemory(from, end);
            }

            buffer.AsSpan(from, filled - from).CopyTo(buffer);
            filled -= from;
            if (filled == buffer.Length)
            {
                if (buffer.Length >= Limit)
                {
                    throw new InputException($"a line has more than {Limit} bytes", path, "move the file away");
                }

                Array.Resize(ref buffer, 2 * buffer.Length);
            }
        }
    }
}
