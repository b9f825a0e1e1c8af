using Shoestring.Models;
using Shoestring.Tensors;

namespace Shoestring.Training;

/// <summary>
/// The parameters and their gradients. Gradients are kept, one for each parameter, or released: matrices of one shape share one, which is
/// cleared for each anew, so that no more than one gradient of each shape exists (Lv et al., arXiv 2306.09782, §3.1).
/// </summary>
sealed class GradientStore : IGradients, IDisposable
{
    readonly Dictionary<object, Parameter> byWeight = new(ReferenceEqualityComparer.Instance);
    readonly List<Parameter> parameters = [];
    readonly List<IDisposable> memory = [];
    readonly bool released;

    public GradientStore(IEnumerable<NamedWeight> learning, bool released, MemoryAccount account, WeightRounding? rounding = null)
    {
        this.released = released;
        Dictionary<(int Rows, int Columns), PackedMatrix> shared = [];
        foreach (NamedWeight weight in learning)
        {
            Parameter parameter = new(weight, weight.Matrix is { } matrix ? ForMatrix(matrix, shared, account) : null, weight.Vector is { } vector ? ForVector(vector, account) : default, weight.Matrix is { } seen ? rounding?.MasterOf(seen) : null);
            parameters.Add(parameter);
            byWeight.Add(parameter.Weight, parameter);
        }
    }

    public IReadOnlyList<Parameter> Parameters => parameters;

    /// <summary>Told of each gradient that is finished.</summary>
    public Action<Parameter>? Finished { get; set; }

    PackedMatrix ForMatrix(PackedMatrix weight, Dictionary<(int Rows, int Columns), PackedMatrix> shared, MemoryAccount account)
    {
        (int, int) shape = (weight.Rows, weight.Columns);
        if (!released || !shared.TryGetValue(shape, out PackedMatrix? gradient))
        {
            gradient = PackedMatrix.Zeros(weight.Rows, weight.Columns, MemoryKind.Gradients, account);
            memory.Add(gradient);
            shared[shape] = gradient;
        }
        return gradient;
    }

    Tensor ForVector(Tensor weight, MemoryAccount account)
    {
        NativeBuffer buffer = new((long)weight.Columns * sizeof(float), MemoryKind.Gradients, account);
        memory.Add(buffer);
        return new Tensor(buffer, 0, 1, weight.Columns);
    }

    public PackedMatrix? Of(PackedMatrix weight) => Take(weight)?.MatrixGradient;

    public Tensor? Of(Tensor vector) => Take(vector.Buffer)?.VectorGradient;

    Parameter? Take(object weight)
    {
        if (!byWeight.TryGetValue(weight, out Parameter? parameter))
        {
            return null;
        }
        if (released && !parameter.IsTaken)
        {
            parameter.Gradient.Clear();
        }
        parameter.IsTaken = true;
        return parameter;
    }

    public void Finish(PackedMatrix weight) => Finish((object)weight);

    public void Finish(Tensor vector) => Finish((object)vector.Buffer);

    void Finish(object weight)
    {
        if (byWeight.TryGetValue(weight, out Parameter? parameter))
        {
            Finished?.Invoke(parameter);
            parameter.IsTaken = false;
        }
    }

    public void Clear()
    {
        foreach (Parameter parameter in parameters)
        {
            parameter.Gradient.Clear();
        }
    }

    public void Dispose()
    {
        foreach (IDisposable one in memory)
        {
            one.Dispose();
        }
    }
}
