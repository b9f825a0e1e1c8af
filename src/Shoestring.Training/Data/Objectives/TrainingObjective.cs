namespace Shoestring.Training;

/// <summary>Where an objective draws its random numbers: what it draws depends on nothing else.</summary>
/// <param name="Seed">The run's seed.</param>
/// <param name="Item">Epoch and piece.</param>
/// <param name="First">The first token's place in the piece.</param>
public readonly record struct ObjectiveDraw(ulong Seed, ulong Item, int First);

/// <summary>What is to be predicted of a document.</summary>
public abstract class TrainingObjective
{
    /// <summary>Adds a document's rows to a batch.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="tokens"><c>[token]</c>, two or more.</param>
    /// <param name="weights"><c>[token]</c>, what predicting each counts.</param>
    /// <param name="draw">Where it draws random numbers.</param>
    public abstract void Add(TrainingBatch batch, ReadOnlySpan<int> tokens, ReadOnlySpan<float> weights, ObjectiveDraw draw);
}

/// <summary>Each row predicts the token after its own (Radford et al. 2018, equation 1).</summary>
public sealed class CausalObjective : TrainingObjective
{
    /// <inheritdoc/>
    public override void Add(TrainingBatch batch, ReadOnlySpan<int> tokens, ReadOnlySpan<float> weights, ObjectiveDraw draw) => batch.Add(tokens, weights);
}
