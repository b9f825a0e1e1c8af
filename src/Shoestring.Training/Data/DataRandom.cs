using Shoestring.Models;

namespace Shoestring.Training;

/// <summary>What random numbers are drawn for; kinds share none.</summary>
enum RandomUse : ulong
{
    Split = 1,
    Shuffle,
    BatchShuffle,
    Mask,
    Dropout,
    FillInTheMiddle,
    Augmentation,
    MinHash,
    Importance,
    Curriculum,
    Selection,
    Growth,
}

/// <summary>Random numbers of one use and one item, by position: a draw depends on nothing that was drawn before.</summary>
readonly struct DataRandom(ulong seed, RandomUse use, ulong item)
{
    const int UseShift = 56;

    /// <summary>Uniform in [0, 1).</summary>
    public double At(long position) => CounterRandom.Uniform(seed, item, (ulong)use << UseShift | (ulong)position);

    /// <summary>Uniform in 0 … <paramref name="count"/> − 1.</summary>
    public int Below(long position, int count) => (int)(At(position) * count);

    /// <summary>Puts items into a random order, each one as likely (Fisher and Yates).</summary>
    public void Shuffle(Span<int> items)
    {
        for (int last = items.Length - 1; last > 0; last--)
        {
            int other = Below(last, last + 1);
            (items[last], items[other]) = (items[other], items[last]);
        }
    }
}
