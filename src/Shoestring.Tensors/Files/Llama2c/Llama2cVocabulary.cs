using System.Buffers.Binary;
using System.Text;

namespace Shoestring.Tensors;

/// <summary>
/// The vocabulary that goes with a llama2.c model, its <c>tokenizer.bin</c> (karpathy/llama2.c, tokenizer.py): pieces with
/// SentencePiece's scores, spaces already in place of ▁.
/// </summary>
/// <param name="Scores">Score of each token.</param>
/// <param name="Pieces">UTF-8 of each token.</param>
public sealed record Llama2cVocabulary(IReadOnlyList<float> Scores, IReadOnlyList<ReadOnlyMemory<byte>> Pieces)
{
    const int MaxTokens = 1 << 21;
    const int HeaderBytes = 4;
    const int MaxFileBytes = 64 << 20;

    /// <summary>Reads the whole file; the tokens' number is what it holds.</summary>
    /// <exception cref="ModelFileException">The file is missing, truncated or corrupt.</exception>
    public static Llama2cVocabulary Read(string path)
    {
        using var file = FileByteSource.Open(path);
        if (file.Length > MaxFileBytes)
        {
            throw Fault($"it has {file.Length} bytes, more than {MaxFileBytes}", path);
        }

        return Read(file.KeepStart((int)file.Length), path);
    }

    /// <summary>Reads a vocabulary held in memory, which is not copied.</summary>
    public static Llama2cVocabulary Read(ReadOnlyMemory<byte> bytes, string name)
    {
        var scores = new List<float>();
        var pieces = new List<ReadOnlyMemory<byte>>();
        var position = HeaderBytes;
        while (position < bytes.Length && scores.Count < MaxTokens)
        {
            if (bytes.Length - position < 8)
            {
                throw Fault($"token {scores.Count} is cut short", name);
            }

            var item = bytes.Span[position..];
            var length = BinaryPrimitives.ReadInt32LittleEndian(item[4..]);
            position += 8;
            if (length < 0 || length > bytes.Length - position)
            {
                throw Fault($"token {scores.Count} should have {length} bytes and {bytes.Length - position} are left", name);
            }

            scores.Add(BinaryPrimitives.ReadSingleLittleEndian(item));
            pieces.Add(bytes.Slice(position, length));
            position += length;
        }

        return position == bytes.Length && scores.Count > 0 ? new(scores, pieces) : throw Fault("it holds no tokens or too many", name);
    }

    /// <summary>Token <paramref name="id"/> as text; bytes that are no UTF-8 become U+FFFD.</summary>
    public string Text(int id) => Encoding.UTF8.GetString(Pieces[id].Span);

    static ModelFileException Fault(string what, string where) => new(what, where, "the file is no llama2.c tokenizer.bin: fetch it again");
}
