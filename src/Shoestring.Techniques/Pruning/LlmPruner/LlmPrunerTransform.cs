using Shoestring.Models;

namespace Shoestring.Techniques;

/// <summary>
/// Structured pruning with LLM-Pruner's groups (Ma et al., arXiv 2305.11627, §3.1): a feed-forward channel is a row of gate and up and a
/// column of down; a head group is a key-value head with the query heads that share it. Without gradients the importance of a
/// channel is the norm of what it adds to the residual stream, ‖W[:, j]‖·‖xⱼ‖ over the calibration text, and a group's is that of
/// its channels together.
/// </summary>
/// <param name="feedForwardRatio">Share of the feed-forward channels that goes.</param>
/// <param name="headRatio">Share of the heads that goes.</param>
sealed class LlmPrunerTransform(double feedForwardRatio, double headRatio) : IBlockTransform
{
    public string Name => "llm-pruner";

    public InputNeeds Needs => InputNeeds.Channels;

    public bool ChangesShape => true;

    public BlockShape Reshape(ModelConfiguration model, BlockShape shape)
    {
        int kvHeads = Math.Max(1, (int)Math.Round(shape.KvHeads * (1 - headRatio)));
        return shape with
        {
            FeedForwardWidth = LlmPrunerTechnique.Kept(shape.FeedForwardWidth, feedForwardRatio),
            KvHeads = kvHeads,
            Heads = shape.Heads / shape.KvHeads * kvHeads,
        };
    }

    public void Apply(BlockContext context)
    {
        BlockShape shape = context.Model.Blocks[context.Block.Index], wanted = Reshape(context.Model, shape);
        if (wanted.FeedForwardWidth < shape.FeedForwardWidth)
        {
            PruneFeedForward(context, wanted.FeedForwardWidth);
        }

        if (wanted.KvHeads < shape.KvHeads)
        {
            PruneHeads(context, shape, wanted.KvHeads);
        }
    }

    static void PruneFeedForward(BlockContext context, int count)
    {
        double[] worth = Contributions(context, "ffn_down.weight", LinearInput.FeedForwardDown);
        int[] kept = Largest(worth, count);
        foreach (string name in (string[])["ffn_gate", "ffn_up"])
        {
            KeepRows(context.Block, name, kept);
        }

        KeepColumns(context.Block, "ffn_down.weight", kept);
    }

    static void PruneHeads(BlockContext context, BlockShape shape, int count)
    {
        int channels = shape.HeadChannels, group = shape.Heads / shape.KvHeads;
        double[] each = Contributions(context, "attn_output.weight", LinearInput.AttentionOutput);
        double[] worth = [.. each.Chunk(group * channels).Select(part => Math.Sqrt(part.Sum(value => value * value)))];
        int[] kept = Largest(worth, count);
        int[] queries = [.. kept.SelectMany(head => Enumerable.Range(head * group * channels, group * channels))];
        int[] keys = [.. kept.SelectMany(head => Enumerable.Range(head * channels, channels))];
        if (context.Block.Find("attn_qkv.weight") is not null)
        {
            int all = shape.Heads * channels, shared = shape.KvHeads * channels;
            KeepRows(context.Block, "attn_qkv", [.. queries, .. keys.Select(row => all + row), .. keys.Select(row => all + shared + row)]);
        }
        else
        {
            KeepRows(context.Block, "attn_q", queries);
            KeepRows(context.Block, "attn_k", keys);
            KeepRows(context.Block, "attn_v", keys);
        }

        KeepColumns(context.Block, "attn_output.weight", queries);
    }

    /// <summary>‖W[:, j]‖·‖xⱼ‖ of each input channel of a matrix.</summary>
    static double[] Contributions(BlockContext context, string name, LinearInput input)
    {
        BlockMatrix matrix = context.Block.Find(name)!;
        double[] squares = new double[matrix.Columns];
        for (int i = 0; i < matrix.Values.Length; i++)
        {
            squares[i % matrix.Columns] += (double)matrix.Values[i] * matrix.Values[i];
        }

        InputStatistics seen = context.Inputs[input];
        return [.. squares.Select((square, channel) => Math.Sqrt(square * seen.Squares[channel]))];
    }

    static int[] Largest(double[] worth, int count) =>
        [.. Enumerable.Range(0, worth.Length).OrderByDescending(i => worth[i]).ThenBy(i => i).Take(count).Order()];

    static void KeepRows(BlockWeights block, string name, int[] kept)
    {
        Keep(block, name + ".weight", kept, null);
        Keep(block, name + ".bias", null, kept);
    }

    static void KeepColumns(BlockWeights block, string name, int[] kept) => Keep(block, name, null, kept);

    // Null for all of them. What an earlier technique has set to zero stays marked.
    static void Keep(BlockWeights block, string name, int[]? rows, int[]? columns)
    {
        if (block.Find(name) is not { } old)
        {
            return;
        }

        rows ??= [.. Enumerable.Range(0, old.Rows)];
        columns ??= [.. Enumerable.Range(0, old.Columns)];
        block.Matrices[name] = new BlockMatrix(name, rows.Length, columns.Length, Picked(old.Values, old.Columns, rows, columns))
        {
            Format = old.Format,
            IsMatrix = old.IsMatrix,
            Zeros = old.Zeros is { } zeros ? Picked(zeros, old.Columns, rows, columns) : null,
        };
    }

    static T[] Picked<T>(T[] from, int width, int[] rows, int[] columns)
    {
        var picked = new T[rows.Length * columns.Length];
        for (int row = 0, at = 0; row < rows.Length; row++)
        {
            for (int column = 0; column < columns.Length; column++, at++)
            {
                picked[at] = from[(rows[row] * width) + columns[column]];
            }
        }

        return picked;
    }
}
