using Shoestring.Tensors;

namespace Shoestring.Training;

/// <summary>An example that was drawn.</summary>
/// <param name="Item">Which.</param>
/// <param name="Weight">What its gradient is multiplied by, so that the expectation is the mean over all: 1 / (n·p).</param>
public readonly record struct SampledItem(int Item, double Weight);

/// <summary>
/// Draws examples with probabilities in proportion to (a bound of) the norms of their gradients, which makes the variance of the mean
/// gradient least, and weighs them so that the mean stays what it was (Katharopoulos and Fleuret, arXiv 1803.00942, §3).
/// </summary>
public sealed class ImportanceSampler
{
    readonly double[] probabilities;
    readonly double[] ends;

    /// <summary>Takes the norms.</summary>
    /// <param name="norms"><c>[item]</c>: finite, not negative, and not all 0.</param>
    /// <param name="uniformShare">How much of the probability is spread evenly, 0 to 1. It bounds the weights by its inverse; examples of norm 0 are never drawn without it.</param>
    /// <exception cref="InputException">A norm is negative or not finite, or all are 0.</exception>
    public ImportanceSampler(ReadOnlySpan<double> norms, double uniformShare = 0)
    {
        ArgumentOutOfRangeException.ThrowIfZero(norms.Length, nameof(norms));
        ArgumentOutOfRangeException.ThrowIfNegative(uniformShare);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(uniformShare, 1);
        double total = 0;
        for (int item = 0; item < norms.Length; item++)
        {
            total += double.IsFinite(norms[item]) && norms[item] >= 0 ? norms[item]
                : throw new InputException($"the norm of example {item} is {norms[item]}", "importance sampling", "look for what makes its gradient no number");
        }
        if (total == 0 && uniformShare < 1)
        {
            throw new InputException("the norms of all examples are 0", "importance sampling", "draw evenly: there is nothing to learn");
        }
        (probabilities, ends) = (new double[norms.Length], new double[norms.Length]);
        double end = 0;
        for (int item = 0; item < norms.Length; item++)
        {
            double share = total == 0 ? 0 : norms[item] / total;
            probabilities[item] = (1 - uniformShare) * share + uniformShare / norms.Length;
            ends[item] = end += probabilities[item];
        }
    }

    /// <summary>The probability of each example: <c>[item]</c>.</summary>
    public ReadOnlySpan<double> Probabilities => probabilities;

    /// <summary>What an example's gradient is multiplied by when it is drawn.</summary>
    public double Weight(int item) => 1 / (probabilities.Length * probabilities[item]);

    /// <summary>A draw, with replacement; it depends on nothing that was drawn before.</summary>
    /// <param name="seed">The run's seed.</param>
    /// <param name="step">The step of training.</param>
    /// <param name="place">The place in its batch.</param>
    public SampledItem Draw(ulong seed, long step, int place)
    {
        double point = new DataRandom(seed, RandomUse.Importance, (ulong)step).At(place) * ends[^1];
        int found = Array.BinarySearch(ends, point);
        // A point at an end belongs to the next example that has any probability.
        int item = found < 0 ? ~found : found + 1;
        while (probabilities[item] == 0)
        {
            item++;
        }
        return new SampledItem(item, Weight(item));
    }
}
