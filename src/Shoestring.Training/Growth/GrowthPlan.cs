using System.Globalization;
using Shoestring.Models;
using Shoestring.Tensors;

namespace Shoestring.Training;

/// <summary>A block of a grown model.</summary>
/// <param name="Source">The block of the small model that it is a copy of.</param>
/// <param name="IsNew">Whether it was added.</param>
/// <param name="IsSilent">Whether it adds nothing to the residual stream at first.</param>
readonly record struct GrownBlock(int Source, bool IsNew, bool IsSilent);

/// <summary>Which blocks a grown model has, and which channels its feed-forward layers.</summary>
sealed class GrowthPlan
{
    const int MostBlocks = 1024, MostChannels = 1 << 18;

    readonly ModelConfiguration before;

    /// <summary>Plans it.</summary>
    /// <exception cref="InputException">It would not grow, or too far.</exception>
    public GrowthPlan(ModelConfiguration before, GrowthOptions options)
    {
        this.before = before;
        int narrowest = before.Blocks.Min(block => block.FeedForwardWidth), widest = before.Blocks.Max(block => block.FeedForwardWidth), count = before.Blocks.Count;
        int width = options.FeedForward ?? widest;
        Require(options.Blocks > 0 || options.FeedForward is not null, "nothing is added", "give blocks, feed-forward or both");
        Require(options.Blocks >= 0 && count + options.Blocks <= MostBlocks, $"{options.Blocks} blocks to add to {count}", $"give up to {MostBlocks} in all");
        Require(options.FeedForward is null || (narrowest == widest && width > widest && width <= MostChannels), $"{width} inner channels where blocks have {narrowest} to {widest}", $"give more than they have, up to {MostChannels}; blocks must be alike");
        Require(!options.OnlyNewLearn || options.Blocks > 0, "no block is added that could learn", "give blocks");
        Blocks = options.Kind == BlockGrowth.Stacked ? Stacked(count, options.Blocks) : Interleaved(count, options.Blocks);
        Channels = options.FeedForward is null ? null : new ChannelCopies(widest, width, options.Seed);
    }

    /// <summary>The blocks, first to last.</summary>
    public IReadOnlyList<GrownBlock> Blocks { get; }

    /// <summary>Which channels feed-forward layers have, or null where they do not grow.</summary>
    public ChannelCopies? Channels { get; }

    /// <summary>Whether a weight is of a block that was added.</summary>
    public bool IsOfNewBlock(string name) => name.Split('.') is ["blk", var number, ..] && int.Parse(number, CultureInfo.InvariantCulture) is var block && block < Blocks.Count && Blocks[block].IsNew;

    /// <summary>The grown model; reads go to the small one, which must stay open.</summary>
    public ModelOrigin Apply(ModelOrigin origin)
    {
        GrownWeights weights = new(origin.Weights, this);
        GgufMetadata metadata = Describe(origin.Metadata);
        return origin with { Configuration = GgufConfiguration.Read(weights, metadata), Metadata = metadata, Weights = weights };
    }

    // Each of equal groups of blocks is followed by a silent copy of its last one (arXiv 2401.02415, §3.2).
    static List<GrownBlock> Interleaved(int count, int added)
    {
        List<GrownBlock> blocks = [];
        for (int block = 0, done = 0; block < count; block++)
        {
            blocks.Add(new GrownBlock(block, IsNew: false, IsSilent: false));
            for (; done < added && (((done + 1) * count) + added - 1) / added <= block + 1; done++)
            {
                blocks.Add(new GrownBlock(block, IsNew: true, IsSilent: true));
            }
        }
        return blocks;
    }

    static List<GrownBlock> Stacked(int count, int added) => [.. Enumerable.Range(0, count + added).Select(block => new GrownBlock(block % count, block >= count, IsSilent: false))];

    GgufMetadata Describe(GgufMetadata metadata)
    {
        string architecture = metadata.GetString("general.architecture");
        GgufMetadata described = metadata.With($"{architecture}.block_count", GgufValue.From((uint)Blocks.Count));
        foreach (string key in (string[])["attention.head_count", "attention.head_count_kv", "feed_forward_length"])
        {
            string name = $"{architecture}.{key}";
            if (metadata.TryGet(name, out GgufValue? value) && value.Type == GgufType.Array && value.AsInt32Array() is { } each && each.Length == before.Blocks.Count)
            {
                described = described.With(name, GgufValue.FromArray<int>([.. Blocks.Select(block => each[block.Source])]));
            }
        }
        return Channels is null ? described : described.With($"{architecture}.feed_forward_length", GgufValue.From((uint)Channels.Count));
    }

    static void Require(bool holds, string what, string cure)
    {
        if (!holds)
        {
            throw new InputException(what, "grow", cure);
        }
    }
}

/// <summary>Inner channels of a wider feed-forward layer: the old ones, and copies of some (Chen et al., arXiv 1511.05641, §2.3).</summary>
sealed class ChannelCopies
{
    readonly int[] sources;
    readonly double[] parts;

    /// <summary>Draws which are copied, and how each divides its outgoing weights with its copies.</summary>
    public ChannelCopies(int before, int after, ulong seed)
    {
        DataRandom random = new(seed, RandomUse.Growth, 0);
        sources = [.. Enumerable.Range(0, after).Select(channel => channel < before ? channel : random.Below(channel, before))];
        double[] weights = [.. sources.Select((_, channel) => 0.5 + random.At(after + channel))], sums = new double[before];
        for (int channel = 0; channel < after; channel++)
        {
            sums[sources[channel]] += weights[channel];
        }
        parts = [.. weights.Select((weight, channel) => weight / sums[sources[channel]])];
    }

    /// <summary>How many.</summary>
    public int Count => sources.Length;

    /// <summary>The channel that one is, or is a copy of.</summary>
    public int Source(int channel) => sources[channel];

    /// <summary>Its part of that channel's outgoing weights; those of copies add up to 1.</summary>
    public double Part(int channel) => parts[channel];
}
