namespace Shoestring.Models;

/// <summary>What an adapter holds for one linear layer, as plain floats; rows of queries and keys are in the order that GGUF has.</summary>
/// <param name="Layer">The layer's name in GGUF, without ".weight": <c>blk.0.attn_q</c>.</param>
public abstract record AdapterPart(string Layer)
{
    /// <summary>All of its numbers, one array after the other.</summary>
    public abstract IEnumerable<float[]> Values { get; }

    /// <summary>The layer's outputs that the part was made for, or null where it says nothing of them.</summary>
    public abstract int? Outputs { get; }

    /// <summary>The layer's inputs that the part was made for, or null where it says nothing of them.</summary>
    public abstract int? Inputs { get; }

    /// <summary>Whether a model's own weights can do what it does.</summary>
    internal bool IsMergeable => this is LowRankPart or ChannelPart;

    /// <summary>Virtual rows before a text that it needs; 0 for none.</summary>
    internal int VirtualRows => this is PromptPart prompt ? prompt.Count : this is PrefixPart prefix ? prefix.Count : 0;

    /// <summary>Channels between its two matrices; 0 where it has none.</summary>
    internal int Between => this is LowRankPart low ? low.Rank : this is SerialPart serial ? serial.Inner : 0;

    /// <summary>Weights that it multiplies each row with.</summary>
    internal long ProductWeights => this is LowRankPart low ? low.A.Length + (long)low.B.Length : this is SerialPart serial ? serial.Down.Length + (long)serial.Up.Length : 0;

    /// <summary>The same with the layer's outputs in another order: output i of it is output <paramref name="source"/>(i) of this.</summary>
    internal abstract AdapterPart Reordered(Func<int, int> source);

    /// <summary>Rows of a matrix in another order.</summary>
    private protected static float[] ByRows(float[] values, int columns, Func<int, int> source)
    {
        float[] ordered = new float[values.Length];
        for (int row = 0; row < values.Length / columns; row++)
        {
            values.AsSpan(source(row) * columns, columns).CopyTo(ordered.AsSpan(row * columns, columns));
        }
        return ordered;
    }
}

/// <summary>
/// LoRA (Hu et al., arXiv 2106.09685, §4.1): s·B·A is added to the layer's matrix W; with magnitudes, DoRA (Liu et al., arXiv 2402.09353,
/// eq. 5): the rows of V = W + s·B·A get the norms m.
/// </summary>
/// <param name="Layer">The layer's name in GGUF, without ".weight".</param>
/// <param name="Rank">The rank.</param>
/// <param name="A"><c>[rank, inputs]</c></param>
/// <param name="B"><c>[outputs, rank]</c></param>
public sealed record LowRankPart(string Layer, int Rank, float[] A, float[] B) : AdapterPart(Layer)
{
    /// <summary>α, by which s is α / rank or, with <see cref="IsRankStabilized"/>, α / √rank.</summary>
    public required double Alpha { get; init; }

    /// <summary>Whether s is α / √rank (Kalajdzievski, arXiv 2312.03732, theorem 3.2).</summary>
    public bool IsRankStabilized { get; init; }

    /// <summary>m <c>[outputs]</c>, or null for LoRA.</summary>
    public float[]? Magnitude { get; init; }

    /// <summary>s.</summary>
    public float Scale => ScaleOf(Rank, Alpha, IsRankStabilized);

    /// <inheritdoc/>
    public override int? Outputs => B.Length / Rank;

    /// <inheritdoc/>
    public override int? Inputs => A.Length / Rank;

    /// <inheritdoc/>
    public override IEnumerable<float[]> Values => Magnitude is { } magnitude ? [A, B, magnitude] : [A, B];

    /// <summary>s of a rank and an α.</summary>
    public static float ScaleOf(int rank, double alpha, bool isRankStabilized) => (float)(alpha / (isRankStabilized ? Math.Sqrt(rank) : rank));

    internal override LowRankPart Reordered(Func<int, int> source) => this with
    {
        B = ByRows(B, Rank, source),
        Magnitude = Magnitude is { } magnitude ? ByRows(magnitude, 1, source) : null,
    };

    /// <summary>Adds <paramref name="strength"/> · (row of the adapted matrix − <paramref name="row"/>) to <paramref name="sum"/>.</summary>
    internal void AddDifference(int output, ReadOnlySpan<float> row, Span<float> sum, float strength)
    {
        if (Magnitude is not { } magnitude)
        {
            AddProduct(output, sum, strength * Scale);
            return;
        }
        float[] adapted = row.ToArray();
        AddProduct(output, adapted, Scale);
        float factor = Factor(magnitude[output], adapted);
        for (int i = 0; i < sum.Length; i++)
        {
            sum[i] += strength * (factor * adapted[i] - row[i]);
        }
    }

    /// <summary>m / ‖V‖ of a row; of a row of zeros, which has no direction, 0.</summary>
    internal float Factor(int output, ReadOnlySpan<float> row)
    {
        float[] adapted = row.ToArray();
        AddProduct(output, adapted, Scale);
        return Factor(Magnitude![output], adapted);
    }

    static float Factor(float magnitude, float[] adapted)
    {
        double squares = 0;
        foreach (float value in adapted)
        {
            squares += (double)value * value;
        }
        return squares > 0 ? magnitude / (float)Math.Sqrt(squares) : 0;
    }

    void AddProduct(int output, Span<float> sum, float scale)
    {
        for (int r = 0; r < Rank; r++)
        {
            float factor = scale * B[output * Rank + r];
            ReadOnlySpan<float> a = A.AsSpan(r * sum.Length, sum.Length);
            for (int i = 0; i < sum.Length; i++)
            {
                sum[i] += factor * a[i];
            }
        }
    }
}

/// <summary>(IA)³ (Liu et al., arXiv 2205.05638, §3.3): a factor for each channel of a layer's output, or of its input.</summary>
/// <param name="Layer">The layer's name in GGUF, without ".weight".</param>
/// <param name="Factors"><c>[channel]</c></param>
/// <param name="OfInputs">Whether the input's channels are scaled.</param>
public sealed record ChannelPart(string Layer, float[] Factors, bool OfInputs) : AdapterPart(Layer)
{
    /// <inheritdoc/>
    public override int? Outputs => OfInputs ? null : Factors.Length;

    /// <inheritdoc/>
    public override int? Inputs => OfInputs ? Factors.Length : null;

    /// <inheritdoc/>
    public override IEnumerable<float[]> Values => [Factors];

    internal override AdapterPart Reordered(Func<int, int> source) => OfInputs ? this : this with { Factors = ByRows(Factors, 1, source) };

    /// <summary>The factor of a channel at a strength: 1 at strength 0, and the learned one at 1.</summary>
    internal float At(int channel, float strength) => strength == 1 ? Factors[channel] : 1 + strength * (Factors[channel] - 1);
}
