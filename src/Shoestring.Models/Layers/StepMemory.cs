using Shoestring.Tensors;

namespace Shoestring.Models;

/// <summary>
/// One arena for all activations of a step, placed by liveness for the largest step that was announced: what a block
/// needs early shares bytes with what it needs late.
/// </summary>
public sealed class StepMemory : IActivationMemory, IDisposable
{
    const int Kinds = (int)Activation.Shortcut + 1;

    /// <summary>When each kind of activation is alive, in the order of a block's work and the head's after it.</summary>
    static readonly (int First, int Last)[] Lives =
    [
        (0, 13), (1, 2), (2, 4), (2, 3), (2, 3), (4, 5), (5, 6), (7, 8), (8, 10), (8, 9), (10, 11), (12, 14), (14, 99), (0, 13), (0, 13),
        (2, 11), (2, 9), (2, 3), (5, 11),
    ];

    readonly NativeBuffer arena;
    readonly long[] offsets = new long[Kinds];
    readonly int[] columns;

    /// <summary>
    /// Plans for steps of up to <paramref name="rows"/> rows of which <paramref name="logitRows"/> want logits, with sequences
    /// whose keys and values are kept as <paramref name="cache"/> says.
    /// </summary>
    public StepMemory(ModelConfiguration model, int rows, int logitRows, MemoryAccount account, CacheOptions? cache = null)
    {
        (Rows, LogitRows, IsContextual) = (rows, logitRows, cache?.Sparsity > 0);
        columns = Widths(model, cache);
        MemoryPlan plan = Plan(columns, rows, logitRows, IsContextual);
        for (int i = 0; i < Kinds; i++)
        {
            offsets[i] = plan.Offset(i);
        }
        arena = new NativeBuffer(plan.Bytes, MemoryKind.Activations, account);
    }

    /// <summary>
    /// Rows of a step that serve a model well. Narrow models spend their time between the products and gain a third by 256
    /// (stories15M); wide ones gain a twentieth by more than 72, six times the rows that go together, and their activations weigh.
    /// </summary>
    public static int UsualRows(ModelConfiguration model) => model.Width < 1024 ? 256 : 72;

    /// <summary>Most rows of a step.</summary>
    public int Rows { get; }

    /// <summary>Most rows that want logits.</summary>
    public int LogitRows { get; }

    /// <summary>Whether it was planned for sequences that compute only some neurons after their prompts.</summary>
    public bool IsContextual { get; }

    /// <summary>Bytes of the arena.</summary>
    public long Bytes => arena.Bytes;

    /// <summary>Bytes that such an arena takes, without taking it.</summary>
    public static long Predict(ModelConfiguration model, int rows, int logitRows, CacheOptions? cache = null) =>
        Plan(Widths(model, cache), rows, logitRows, cache?.Sparsity > 0).Bytes;

    static MemoryPlan Plan(int[] columns, int rows, int logitRows, bool contextual)
    {
        MemoryPlan plan = new();
        for (int i = 0; i < Kinds; i++)
        {
            int count = i is (int)Activation.HeadInput or (int)Activation.Logits ? logitRows : rows;
            // A feed-forward layer that is run sequence by sequence still reads inputs of the next when it has written outputs of the first.
            bool together = contextual && (Activation)i is (Activation.FeedForwardInput or Activation.Gate or Activation.Up or Activation.FeedForwardOutput);
            (int first, int last) = together ? (Math.Min(Lives[i].First, 8), 11) : Lives[i];
            plan.Request((long)count * columns[i] * sizeof(float), first, last);
        }
        plan.Solve();
        return plan;
    }

    /// <summary>The memory of an activation for a step of <paramref name="rows"/> rows.</summary>
    public Tensor this[Activation activation, int rows, int width]
    {
        get
        {
            activation = Place(activation);
            bool head = activation is Activation.HeadInput or Activation.Logits;
            ArgumentOutOfRangeException.ThrowIfGreaterThan(rows, head ? LogitRows : Rows);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(width, columns[(int)activation]);
            return new Tensor(arena, offsets[(int)activation], rows, width);
        }
    }

    // Nothing needs what was there before: the result takes its place.
    static Activation Place(Activation activation) => activation switch
    {
        Activation.NormedQuery => Activation.Query,
        Activation.NormedKey => Activation.Key,
        Activation.Product => Activation.Gate,
        _ => activation,
    };

    static int[] Widths(ModelConfiguration model, CacheOptions? cache)
    {
        int width = model.Width;
        int queries = model.Blocks.Max(b => b.Heads * b.HeadChannels), keys = model.Blocks.Max(b => b.KvHeads * b.HeadChannels);
        int inner = model.Blocks.Max(b => b.FeedForwardWidth);
        int angles = 2 * (model.Rotary?.Frequencies.Length ?? 0);
        return
        [
            width, width, queries, keys, keys, queries, width, width, inner, inner, width, width, model.Vocabulary, angles,
            cache?.Eviction is StreamingOptions { Sinks: > 0 } ? angles : 0, .. LowRankWidths(model),
            model.Blocks.Any(block => block.HasShortcuts) ? width : 0,
        ];
    }

    // In the order in which the mixers hand them out.
    static int[] LowRankWidths(ModelConfiguration model)
    {
        IEnumerable<LayerRanks> ranks = model.Blocks.Select(block => block.Ranks);
        return
        [
            ranks.Max(r => Math.Max(Math.Max(r.Query, r.Output), Math.Max(r.Down, r.Gate))), ranks.Max(r => Math.Max(r.Key, r.Up)), ranks.Max(r => r.Value),
        ];
    }

    /// <inheritdoc/>
    public void Dispose() => arena.Dispose();
}
