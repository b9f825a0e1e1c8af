namespace Shoestring.Models;

/// <summary>What a training step's memory is planned for.</summary>
public sealed record TrainingPlan
{
    /// <summary>What is computed again instead of kept. Default none: as frameworks do unless they are told.</summary>
    public Checkpointing Checkpointing { get; init; }

    /// <summary>How what is kept is held. Default as floats. It goes with <see cref="Checkpointing.None"/> alone.</summary>
    public ActivationCompression Compression { get; init; }

    internal bool IsCompressed => Backward && Compression != ActivationCompression.None;

    /// <summary>
    /// The first block that the backward pass reaches: the lowest with weights that learn, 0 where the embedding does, and the number of
    /// blocks where none of them does.
    /// </summary>
    public int FirstBlock { get; init; }

    /// <summary>Whether there is a backward pass at all.</summary>
    public bool Backward { get; init; } = true;

    /// <summary>
    /// Most bytes of logits that are held at once; the loss goes through the rows in chunks of as many as fit, at least
    /// <see cref="LeastLogitRows"/>. Default 16 MiB: chunks of a few hundred rows keep the products with the head matrix at full speed.
    /// </summary>
    public long LogitBytes { get; init; } = 16 << 20;

    /// <summary>
    /// Rows that a feed-forward layer takes at a time where nothing is kept of it: its widest activations exist for as many alone (chunking: Kitaev et
    /// al., Reformer, arXiv 2001.04451, §3). A multiple of 64, which sums of rows go by, so that no bit changes. Default 512: products of as many rows are
    /// at full speed.
    /// </summary>
    public int FeedForwardRows { get; init; } = 512;

    internal bool ChunksFeedForward => !Backward || Checkpointing is Checkpointing.Blocks or Checkpointing.FeedForward;

    internal int RowsOfFeedForward => ChunksFeedForward ? FeedForwardRows : int.MaxValue;

    /// <summary>Fewest rows of a chunk: a product's tile.</summary>
    public const int LeastLogitRows = 16;

    /// <summary>Rows of a chunk of logits, of a step of <paramref name="rows"/> rows.</summary>
    public int LogitRows(int rows, int vocabulary) =>
        (int)Math.Min(rows, Math.Max(LeastLogitRows, LogitBytes / ((long)vocabulary * sizeof(float)) / LeastLogitRows * LeastLogitRows));

    /// <summary>Blocks that the backward pass goes through.</summary>
    public int Reached(int blocks) => Backward ? blocks - FirstBlock : 0;

    /// <summary>Blocks between two inputs that are kept.</summary>
    public int SegmentBlocks(int blocks) => Math.Max(1, Checkpointing switch
    {
        Checkpointing.Blocks => 1,
        Checkpointing.Segments => (int)Math.Ceiling(Math.Sqrt(Reached(blocks))),
        _ => Reached(blocks),
    });
}
