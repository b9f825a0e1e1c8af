using Shoestring.Tensors;

namespace Shoestring.Models;

/// <summary>
/// The part of a block through which rows of a sequence see each other: attention today; recurrent and convolutional mixers
/// stand behind the same seam. It keeps what it has seen in a state of its own for each sequence.
/// </summary>
public interface ITokenMixer : IDisposable
{
    /// <summary>A state for one new sequence.</summary>
    /// <param name="capacity">Most positions it will hold.</param>
    /// <param name="cache">How keys and values are kept, where there are any.</param>
    /// <param name="account">Who counts its memory.</param>
    /// <exception cref="InputException">This mixer cannot keep them so.</exception>
    ITokenState CreateState(int capacity, CacheOptions cache, MemoryAccount account);

    /// <summary>y = mix(x) for every row of the step, appending to the sequences' states. Both <c>[row, channel]</c>.</summary>
    void Forward(Step step, int block, Tensor x, Tensor y);

    /// <summary>Computes again what <see cref="Backward"/> needs of <see cref="Forward"/>, for documents. <c>[row, channel]</c></summary>
    void Recompute(Step step, int block, Tensor x);

    /// <summary>The same from what was kept of its projections: how rows saw each other.</summary>
    /// <param name="step">The step.</param>
    /// <param name="block">The block's number.</param>
    /// <param name="rows">The step's rows.</param>
    void RecomputeMixing(Step step, int block, int rows);

    /// <summary>
    /// The way back from y to what was projected from x, for documents; the step's memory has kept the rest. <see cref="BackwardInput"/> follows:
    /// x itself need not be there before. <c>[row, channel]</c>
    /// </summary>
    void Backward(Step step, Tensor dy);

    /// <summary>The way back through the projections: the gradients of their weights, and that of x. Both <c>[row, channel]</c>.</summary>
    void BackwardInput(Step step, Tensor x, Tensor dx);

    /// <summary>Keys that virtual rows have, or null.</summary>
    LearnedRows? PrefixKeys { get; set; }

    /// <summary>Their values.</summary>
    LearnedRows? PrefixValues { get; set; }

    /// <summary>The linear layers by their names within the block.</summary>
    IEnumerable<(string Name, Linear Layer)> Linears { get; }

    /// <summary>The norms by their names within the block.</summary>
    IEnumerable<(string Name, Norm Norm)> Norms { get; }
}

/// <summary>What one block remembers of one sequence.</summary>
public interface ITokenState : IDisposable
{
    /// <summary>Bytes held.</summary>
    long Bytes { get; }

    /// <summary>Whether it can go on from position <paramref name="length"/> as if what came later had never been.</summary>
    bool CanRollBack(int length);

    /// <summary>Forgets everything from position <paramref name="length"/> on.</summary>
    /// <exception cref="InvalidOperationException">It cannot: see <see cref="CanRollBack"/>.</exception>
    void RollBack(int length);

    /// <summary>An independent copy of the first <paramref name="length"/> positions.</summary>
    ITokenState Fork(int length, MemoryAccount account);

    /// <summary>The first <paramref name="length"/> positions as bytes.</summary>
    byte[] Save(int length);

    /// <summary>Restores what <see cref="Save"/> returned for <paramref name="length"/> positions.</summary>
    /// <exception cref="ArgumentException">The bytes are not those of such a state.</exception>
    void Load(ReadOnlySpan<byte> bytes, int length);
}
