using System.Buffers.Binary;
using System.Security.Cryptography;
using Shoestring.Models;
using Shoestring.Tensors;

namespace Shoestring.Techniques;

/// <summary>The tokens that techniques look at a model with: sequences of one length, spread evenly over a text.</summary>
/// <param name="Sequences"><c>[sequence][position]</c></param>
/// <param name="Length">Positions of a sequence.</param>
public sealed record CalibrationText(IReadOnlyList<int[]> Sequences, int Length)
{
    /// <summary>
    /// Tokens looked at unless told otherwise: an eighth of GPTQ's 128 sequences of 2048 (arXiv 2210.17323, §4), a choice for machines of
    /// few cores that was not compared with more.
    /// </summary>
    public const int UsualTokens = 32768;

    /// <summary>Tokens in all.</summary>
    public long Tokens => (long)Sequences.Count * Length;

    /// <summary>Cuts a text.</summary>
    /// <param name="tokenizer">The model's.</param>
    /// <param name="text">The text.</param>
    /// <param name="where">What messages call it.</param>
    /// <param name="length">Positions of a sequence.</param>
    /// <param name="tokens">Most tokens in all.</param>
    /// <exception cref="InputException">The text is binary, or shorter than one sequence.</exception>
    public static CalibrationText Cut(Tokenizer tokenizer, string text, string where, int length, int tokens = UsualTokens)
    {
        if (text.Contains('\0', StringComparison.Ordinal))
        {
            throw new InputException("it holds bytes of zero and is no text", where, "give a text file as calibration text");
        }

        int[] all = tokenizer.Encode(text);
        int there = all.Length / length, wanted = Math.Max(1, tokens / length), count = Math.Min(there, wanted);
        if (count == 0)
        {
            throw new InputException($"the calibration text has {all.Length} tokens, fewer than one sequence of {length}", where, "give a longer text");
        }

        var sequences = new int[count][];
        for (int i = 0; i < count; i++)
        {
            sequences[i] = Perplexity.Chunk(tokenizer, all, (int)((long)there * i / count), length);
        }

        return new CalibrationText(sequences, length);
    }

    /// <summary>SHA-256 of the tokens, in hexadecimal: what a calibration depends on.</summary>
    public string Hash()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] bytes = new byte[4 * Length];
        foreach (int[] sequence in Sequences)
        {
            for (int i = 0; i < sequence.Length; i++)
            {
                BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(4 * i), sequence[i]);
            }

            hash.AppendData(bytes);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
