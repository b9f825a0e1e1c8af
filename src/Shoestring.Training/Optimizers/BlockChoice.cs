using Shoestring.Models;

namespace Shoestring.Training;

/// <summary>Which blockwise method.</summary>
public enum BlockwiseMethod
{
    /// <summary>BAdam (Luo et al., arXiv 2404.02827, algorithm 1): one block after the other, some steps each, with fresh moments.</summary>
    BAdam,

    /// <summary>HiFT (Liu et al., arXiv 2401.15207, algorithm 1): another group at each step, the rate going on when all had their turn.</summary>
    Hift,

    /// <summary>LISA (Pan et al., arXiv 2403.17919, algorithm 1): embedding and head always, and a few random blocks for some steps.</summary>
    Lisa,
}

/// <summary>In which order blocks take turns.</summary>
public enum BlockOrder
{
    /// <summary>Another order in each round, by chance.</summary>
    Random,

    /// <summary>From the embedding up.</summary>
    Ascending,

    /// <summary>From the head down.</summary>
    Descending,
}

/// <summary>Full-parameter training that looks at part of the model at a time.</summary>
/// <param name="Method">Which method.</param>
public sealed record BlockwiseOptions(BlockwiseMethod Method)
{
    /// <summary>
    /// Steps before others take their turn. Default 1 for HiFT, by its nature, and 50 for the others: a choice of ours, long enough for moments that begin
    /// at zero to settle, and short enough that a run of some hundred steps has several turns.
    /// </summary>
    public int Interval { get; init; } = Method == BlockwiseMethod.Hift ? 1 : 50;

    /// <summary>Blocks at a time. Default 2 for LISA (arXiv 2403.17919, γ in algorithm 1 and its tables of memory), 1 for the others.</summary>
    public int Blocks { get; init; } = Method == BlockwiseMethod.Lisa ? 2 : 1;

    /// <summary>The order. Default by chance, which Gauss-Seidel methods do well with (arXiv 2404.02827, §2), for HiFT from the embedding up (its bottom-to-up strategy, arXiv 2401.15207, §3).</summary>
    public BlockOrder Order { get; init; } = Method == BlockwiseMethod.Hift ? BlockOrder.Ascending : BlockOrder.Random;
}

/// <summary>Says which parameters a step trains. A function of the step alone, so that a resumed run chooses alike.</summary>
public sealed class BlockChoice
{
    readonly BlockwiseOptions options;
    readonly int[] units;
    readonly int count;
    readonly ulong seed;

    /// <summary>The choice over some parameters.</summary>
    /// <param name="options">How it is made.</param>
    /// <param name="names">The parameters' names as GGUF has them: those of a block are one unit, those before the blocks another, those after them a third.</param>
    /// <param name="seed">Where chance starts.</param>
    public BlockChoice(BlockwiseOptions options, IReadOnlyList<string> names, ulong seed)
    {
        (this.options, this.seed) = (options, seed);
        int blocks = names.Select(BlockOf).DefaultIfEmpty(-1).Max() + 1;
        count = blocks + 2;
        units = [.. names.Select(name => BlockOf(name) is var block and >= 0 ? block + 1 : name.StartsWith("output", StringComparison.Ordinal) ? blocks + 1 : 0)];
    }

    /// <summary>Units that take turns: embedding, blocks and head; LISA's blocks alone.</summary>
    public int Units => options.Method == BlockwiseMethod.Lisa ? count - 2 : count;

    /// <summary>Whether state of parameters that are not trained now is kept: HiFT's is, for their next turn.</summary>
    public bool KeepsState => options.Method == BlockwiseMethod.Hift;

    /// <summary>Whether other parameters are trained from <paramref name="step"/> on than before it.</summary>
    /// <param name="step">A step, from 0.</param>
    public bool ChangesAt(long step) => step % options.Interval == 0;

    /// <summary>The step that the schedule of the learning rate is at: HiFT's waits until every unit had its turn.</summary>
    public long ScheduleStep(long step) => options.Method == BlockwiseMethod.Hift ? step / Turns * Turns : step;

    /// <summary>Whether <paramref name="step"/> trains parameter <paramref name="index"/>.</summary>
    /// <param name="index">The parameter's place in the list of names.</param>
    /// <param name="step">A step, from 0.</param>
    public bool Trains(int index, long step)
    {
        int unit = units[index];
        if (options.Method == BlockwiseMethod.Lisa)
        {
            return unit == 0 || unit == count - 1 || PlaceOf(unit - 1, step / options.Interval) < options.Blocks;
        }

        long turn = step / options.Interval;
        return PlaceOf(unit, turn / Turns) / options.Blocks == turn % Turns;
    }

    long Turns => (Units + options.Blocks - 1) / options.Blocks;

    // A unit's place in the order of a round; by chance, the number of units whose draw is lower.
    int PlaceOf(int unit, long round)
    {
        if (options.Order != BlockOrder.Random)
        {
            return options.Order == BlockOrder.Ascending ? unit : Units - 1 - unit;
        }

        double own = Draw(unit, round);
        int place = 0;
        for (int other = 0; other < Units; other++)
        {
            double draw = Draw(other, round);
            place += draw < own || (draw == own && other < unit) ? 1 : 0;
        }

        return place;
    }

    double Draw(int unit, long round) => CounterRandom.Uniform(seed, (ulong)round, (ulong)unit);

    static int BlockOf(string name) =>
        name.StartsWith("blk.", StringComparison.Ordinal) && int.TryParse(name.AsSpan(4, Math.Max(0, name.IndexOf('.', 4) - 4)), out int block) ? block : -1;
}
