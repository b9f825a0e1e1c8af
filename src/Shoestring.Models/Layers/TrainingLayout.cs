using Shoestring.Tensors;

namespace Shoestring.Models;

/// <summary>
/// Places the activations of a training step: what a forward pass keeps has room for each block of a segment, what lives only for a
/// while shares bytes by liveness.
/// </summary>
sealed class TrainingLayout
{
    const int Kinds = (int)Activation.HeadInputGradient + 1;

    // By what is kept of a block; all else is temporary.
    static readonly Activation[] OfMixer = [Activation.Query, Activation.NormedQuery, Activation.Key, Activation.NormedKey, Activation.Value, Activation.Heads, Activation.LogSums];
    static readonly Activation[] OfFeedForward = [Activation.Gate, Activation.Up];

    /// <summary>When temporary activations live: a block's feed-forward layer backwards (0 to 4), its mixer (5 to 9), the head (10 to 12).</summary>
    static readonly (Activation Activation, int First, int Last)[] Lives =
    [
        (Activation.Angles, 0, 12), (Activation.ResidualGradient, 0, 12),
        (Activation.FeedForwardInput, 0, 3), (Activation.Product, 0, 2), (Activation.FeedForwardOutput, 1, 2), (Activation.FeedForwardInputGradient, 3, 4),
        (Activation.MixerInput, 7, 8), (Activation.MixerOutput, 5, 5), (Activation.HeadsGradient, 5, 6), (Activation.MixerInputGradient, 8, 9),
        (Activation.KeyGradient, 6, 8), (Activation.ValueGradient, 6, 8),
        (Activation.RawQueryGradient, 7, 8), (Activation.RawKeyGradient, 7, 8),
        (Activation.HeadInput, 10, 12), (Activation.Logits, 10, 12), (Activation.HeadInputGradient, 11, 12),
    ];

    readonly TrainingPlan plan;
    readonly int blocks;
    readonly int segment;
    readonly int[] widths;
    readonly long[] offsets = new long[Kinds];
    readonly long[] strides = new long[Kinds];
    readonly long streams;

    public TrainingLayout(ModelConfiguration model, int rows, TrainingPlan plan)
    {
        (this.plan, blocks, Rows, LogitRows) = (plan, model.Blocks.Count, rows, plan.LogitRows(rows, model.Vocabulary));
        segment = plan.SegmentBlocks(blocks);
        widths = Widths(model, plan.Backward);
        streams = Take(Streams * Size(Activation.Residual));
        Keep(Slots, Activation.Middle);
        Keep(plan.Checkpointing == Checkpointing.Mixers ? 1 : Slots, OfMixer);
        Keep(plan.Checkpointing == Checkpointing.FeedForward ? 1 : Slots, OfFeedForward);
        PlaceTemporaries();
    }

    /// <summary>Most rows of a step.</summary>
    public int Rows { get; }

    /// <summary>Rows of a chunk of logits.</summary>
    public int LogitRows { get; }

    /// <summary>Bytes in all.</summary>
    public long Bytes { get; private set; }

    /// <summary>Most channels of an activation.</summary>
    public int Width(Activation activation) => widths[(int)activation];

    int Reached => plan.Reached(blocks);

    int Slots => plan.IsCompressed ? 1 : Math.Max(1, Math.Min(segment, Reached));

    int Checkpoints => Math.Max(1, (Reached + segment - 1) / segment);

    // The inputs of segments, those of the other blocks of one segment, and what comes out of the last block; where they are
    // compressed, a block's input and output take turns.
    int Streams => plan.IsCompressed ? Math.Min(2, Math.Max(1, Reached)) + (Reached > 0 ? 1 : 0) : Checkpoints + Slots - 1 + (Reached > 0 ? 1 : 0);

    /// <summary>Where the residual stream before a block lies, or after the last.</summary>
    public long Stream(int block)
    {
        int reached = Math.Max(0, block - (blocks - Reached));
        int slot = reached == 0 ? 0 : block == blocks ? Streams - 1 : plan.IsCompressed ? reached % 2
            : reached % segment == 0 ? reached / segment : Checkpoints + (reached % segment) - 1;
        return streams + slot * Size(Activation.Residual);
    }

    /// <summary>Where an activation of a block lies.</summary>
    public long Offset(Activation activation, int block)
    {
        // Heads are done with before the gradient of what they were made from is begun.
        activation = LiesOverHeads(activation) ? Activation.Heads : activation;
        int slot = Math.Max(0, block - (blocks - Reached)) % segment;
        return offsets[(int)activation] + slot * strides[(int)activation];
    }

    // One room for all blocks, or one for each of a segment.
    void Keep(int slots, params ReadOnlySpan<Activation> activations)
    {
        foreach (Activation activation in activations)
        {
            offsets[(int)activation] = Take(slots * Size(activation));
            strides[(int)activation] = slots == 1 ? 0 : Size(activation);
        }
    }

    bool LiesOverHeads(Activation activation) => activation == Activation.MixerInputGradient && widths[(int)Activation.Heads] >= widths[(int)activation];

    /// <summary>Most rows of an activation: some are made and used in chunks.</summary>
    public int RowsOf(Activation activation) => activation switch
    {
        Activation.HeadInput or Activation.Logits or Activation.HeadInputGradient => LogitRows,
        Activation.FeedForwardInput or Activation.Gate or Activation.Up or Activation.Product or Activation.FeedForwardOutput => Math.Min(Rows, plan.RowsOfFeedForward),
        _ => Rows,
    };

    long Size(Activation activation) => (RowsOf(activation) * (long)widths[(int)activation] * sizeof(float) + 63) / 64 * 64;

    long Take(long bytes)
    {
        long start = Bytes;
        Bytes += bytes;
        return start;
    }

    void PlaceTemporaries()
    {
        MemoryPlan temporary = new();
        foreach ((Activation activation, int first, int last) in Lives)
        {
            // Of one chunk of rows it is there while the next is worked on.
            int from = activation == Activation.FeedForwardInputGradient && plan.ChunksFeedForward ? 0 : first;
            temporary.Request(LiesOverHeads(activation) ? 0 : Size(activation), from, last);
        }
        temporary.Solve();
        long start = Take(temporary.Bytes);
        for (int i = 0; i < Lives.Length; i++)
        {
            offsets[(int)Lives[i].Activation] = start + temporary.Offset(i);
        }
    }

    static int[] Widths(ModelConfiguration model, bool backward)
    {
        int heads = model.Blocks.Max(b => b.Heads);
        int queries = model.Blocks.Max(b => b.Heads * b.HeadChannels), keys = model.Blocks.Max(b => b.KvHeads * b.HeadChannels);
        int inner = model.Blocks.Max(b => b.FeedForwardWidth), up = model.FeedForward == FeedForwardKind.GatedSilu ? inner : 0;
        int normedQueries = model.HasHeadNorms ? queries : 0, normedKeys = model.HasHeadNorms ? keys : 0, back = backward ? 1 : 0;
        int[] widths = new int[Kinds];
        foreach (Activation activation in Enum.GetValues<Activation>())
        {
            widths[(int)activation] = activation switch
            {
                Activation.Query or Activation.Heads => queries,
                Activation.Key or Activation.Value => keys,
                Activation.NormedQuery => normedQueries,
                Activation.NormedKey => normedKeys,
                Activation.LogSums => heads,
                Activation.Gate or Activation.Product => inner,
                Activation.Up => up,
                Activation.Logits => model.Vocabulary,
                Activation.Angles => 2 * (model.Rotary?.Frequencies.Length ?? 0),
                Activation.HeadsGradient => back * queries,
                Activation.KeyGradient or Activation.ValueGradient => back * keys,
                Activation.RawQueryGradient => back * normedQueries,
                Activation.RawKeyGradient => back * normedKeys,
                Activation.ResidualGradient or Activation.MixerInputGradient or Activation.FeedForwardInputGradient or Activation.HeadInputGradient => back * model.Width,
                Activation.SinkAngles or Activation.LowRank or Activation.SecondLowRank or Activation.ThirdLowRank or Activation.Shortcut => 0,
                _ => model.Width,
            };
        }
        return widths;
    }
}
