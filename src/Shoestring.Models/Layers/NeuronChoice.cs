using Shoestring.Tensors;

namespace Shoestring.Models;

/// <summary>
/// Which neurons of a feed-forward layer one sequence computes after its prompt (Dong et al., GRIFFIN, arXiv 2404.01365, §4.2): those
/// whose share of their row's activations, over the rows of the prompt, has the largest ℓ₂ norm: s_j = √Σᵢ (z_ij / ‖zᵢ‖₂)².
/// </summary>
/// <param name="neurons">Neurons of the layer.</param>
/// <param name="sparsity">Share of them that is left out.</param>
/// <param name="account">Who counts the memory of the weights that are copied.</param>
public sealed class NeuronChoice(int neurons, double sparsity, MemoryAccount account) : IDisposable
{
    readonly double[] squares = new double[neurons];
    IFeedForward? chosen;

    /// <summary>Rows of the prompt that were seen.</summary>
    public int Seen { get; private set; }

    /// <summary>Bytes held.</summary>
    public long Bytes => (squares.Length * sizeof(double)) + (chosen?.HeldBytes ?? 0);

    /// <summary>Neurons that stay of a layer's.</summary>
    /// <param name="neurons">Its neurons.</param>
    /// <param name="sparsity">Share that is left out.</param>
    public static int Kept(int neurons, double sparsity) => Math.Max(1, (int)Math.Round(neurons * (1 - sparsity)));

    /// <summary>Takes the activations of rows of the prompt in, in their order. <paramref name="z"/>: <c>[row, neuron]</c></summary>
    public void Add(Tensor z)
    {
        for (int row = 0; row < z.Rows; row++, Seen++)
        {
            ReadOnlySpan<float> activations = z.Row(row);
            double norm = 0;
            foreach (float activation in activations)
            {
                norm += (double)activation * activation;
            }
            for (int j = 0; j < activations.Length && norm > 0; j++)
            {
                squares[j] += (double)activations[j] * activations[j] / norm;
            }
        }
    }

    /// <summary>The neurons that stay, ascending; of equals the first.</summary>
    public int[] Neurons() => [.. Enumerable.Range(0, neurons).OrderByDescending(j => squares[j]).ThenBy(j => j).Take(Kept(neurons, sparsity)).Order()];

    /// <summary>The layer with those neurons alone; its weights are copied at the first call.</summary>
    public IFeedForward Chosen(IFeedForward all) => chosen ??= all.Gather(Neurons(), account);

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        squares.AsSpan().Clear();
        Seen = 0;
        Dispose();
    }

    /// <summary>An independent copy, which chooses the same.</summary>
    public NeuronChoice Fork()
    {
        NeuronChoice copy = new(neurons, sparsity, account) { Seen = Seen };
        squares.CopyTo(copy.squares, 0);
        return copy;
    }

    /// <summary>What was seen, as bytes.</summary>
    public byte[] Save() => [.. BitConverter.GetBytes(Seen), .. System.Runtime.InteropServices.MemoryMarshal.AsBytes(squares.AsSpan())];

    /// <summary>Bytes that <see cref="Save"/> returns.</summary>
    public int SavedBytes => sizeof(int) + (squares.Length * sizeof(double));

    /// <summary>Restores what <see cref="Save"/> returned.</summary>
    public void Load(ReadOnlySpan<byte> bytes)
    {
        Clear();
        Seen = BitConverter.ToInt32(bytes);
        bytes[sizeof(int)..].CopyTo(System.Runtime.InteropServices.MemoryMarshal.AsBytes(squares.AsSpan()));
    }

    /// <summary>Gives up the copied weights.</summary>
    public void Dispose()
    {
        chosen?.Dispose();
        chosen = null;
    }
}
