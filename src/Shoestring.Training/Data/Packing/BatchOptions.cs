namespace Shoestring.Training;

/// <summary>Which documents share a batch.</summary>
public enum Packing
{
    /// <summary>The next ones that fit, in their order.</summary>
    InOrder,

    /// <summary>Those that fill it best: the longest first, each where it leaves the least room (Ding et al., arXiv 2404.10830).</summary>
    BestFit,
}

/// <summary>How documents become batches.</summary>
public sealed record BatchOptions
{
    /// <summary>The most rows of a document; longer ones are cut. The trained context of the small models here.</summary>
    public int Context { get; init; } = 256;

    /// <summary>The most rows of a batch: sixteen contexts, the batch that training speed is measured at.</summary>
    public int Rows { get; init; } = 4096;

    /// <summary>Seed of the order and of what the objective draws.</summary>
    public ulong Seed { get; init; }

    /// <summary>Whether each epoch has an order of its own; otherwise documents come as they are given (a curriculum).</summary>
    public bool Shuffle { get; init; } = true;

    /// <summary>Epochs from the first on whose documents come as they are given all the same, packed in that order (a curriculum). Default none.</summary>
    public int OrderedEpochs { get; init; }

    /// <summary>Which documents share a batch. Best fit by default: it cuts nothing that fits and needs fewer steps (arXiv 2404.10830).</summary>
    public Packing Packing { get; init; } = Packing.BestFit;
}

/// <summary>Where a stream of batches stands; all that has to be saved to go on exactly.</summary>
/// <param name="Epoch">How often all documents have been seen.</param>
/// <param name="Batch">The next batch of the epoch.</param>
public readonly record struct DataPosition(int Epoch, int Batch);
