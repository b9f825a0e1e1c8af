using Shoestring.Models;
using Shoestring.Tensors;

namespace Shoestring.Training;

/// <summary>
/// A weight that learns. Its values and its gradient are floats in the same order, whatever that is: a matrix lies in groups of 16 rows
/// (<see cref="PackedLayout"/>), padded with zeros that stay zero where an update of zero by a zero gradient is zero.
/// </summary>
public sealed class Parameter
{
    readonly PackedMatrix? matrix;
    readonly object weight;
    readonly Tensor vector;

    /// <param name="weight">What the layers read.</param>
    /// <param name="master">What is behind a matrix that the layers see rounded; null where they see it as it is.</param>
    internal Parameter(NamedWeight weight, PackedMatrix? master = null)
    {
        (Name, matrix, vector) = (weight.Name, master ?? weight.Matrix, weight.Vector ?? default);
        this.weight = weight.Matrix is not null ? weight.Matrix : vector.Buffer;
    }

    /// <summary>Its name in GGUF.</summary>
    public string Name { get; }

    /// <summary>Whether it is a matrix; else a vector: a norm's weight, a bias.</summary>
    public bool IsMatrix => matrix is not null;

    /// <summary>Rows (outputs) of a matrix, 1 for a vector.</summary>
    public int Rows => matrix?.Rows ?? 1;

    /// <summary>Columns (inputs) of a matrix, a vector's channels.</summary>
    public int Columns => matrix?.Columns ?? vector.Columns;

    /// <summary>Elements, without padding.</summary>
    public long Elements => (long)Rows * Columns;

    /// <summary>The values, padding included.</summary>
    public Span<float> Values => Matrix is { } whole ? whole.Values : vector.Row(0);

    /// <summary>The gradient, as <see cref="Values"/> lies; where gradients are released, valid only while the sink is called.</summary>
    /// <exception cref="InvalidOperationException">None is held: no step was made yet, or other parameters learn now.</exception>
    public Span<float> Gradient => MatrixGradient is { } held ? held.Values
        : HasGradient ? VectorGradient.Row(0)
        : throw new InvalidOperationException($"no gradient of {this} is held: make a step in which it learns");

    /// <summary>Whether it learns now.</summary>
    public bool Learns { get; internal set; } = true;

    /// <summary>Whether memory for its gradient is held.</summary>
    public bool HasGradient => MatrixGradient is not null || VectorGradient.Buffer is not null;

    /// <summary>A matrix's values, for operations on whole matrices; null for a vector.</summary>
    public PackedMatrix? Matrix
    {
        get
        {
            IsTouched = true;
            return matrix;
        }
    }

    /// <summary>A matrix's gradient; null for a vector, and where none is held.</summary>
    public PackedMatrix? MatrixGradient { get; private set; }

    internal Tensor VectorGradient { get; private set; }

    internal void Hold(PackedMatrix? matrixGradient, Tensor vectorGradient) => (MatrixGradient, VectorGradient) = (matrixGradient, vectorGradient);

    /// <summary>What the layers know it by.</summary>
    internal object Weight => weight;

    /// <summary>Whether its values may have been changed since this was last set to false.</summary>
    internal bool IsTouched { get; set; }

    /// <summary>Whether something was added to the gradient since it was last cleared; used where gradients are released.</summary>
    internal bool IsTaken { get; set; }

    /// <inheritdoc/>
    public override string ToString() => $"{Name} [{Rows}, {Columns}]";
}
