using Shoestring.Models;
using Shoestring.Tensors;

namespace Shoestring.Training;

/// <summary>
/// The parameters and their gradients, which are held from the first step on and only of parameters that learn: what never steps back, as MeZO, has
/// none, and blockwise methods those of a few blocks. Gradients are kept, one for each parameter, or released: matrices of one shape share
/// one, which is cleared for each anew, so that no more than one gradient of each shape exists (Lv et al., arXiv 2306.09782, §3.1).
/// </summary>
sealed class GradientStore : IGradients, IDisposable
{
    readonly Dictionary<object, Parameter> byWeight = new(ReferenceEqualityComparer.Instance);
    readonly Dictionary<(int Rows, int Columns), PackedMatrix> shared = [];
    readonly List<Parameter> parameters = [];
    readonly MemoryAccount account;
    readonly bool released;
    bool isComplete;

    public GradientStore(IEnumerable<NamedWeight> learning, bool released, MemoryAccount account, WeightRounding? rounding = null)
    {
        (this.released, this.account) = (released, account);
        foreach (NamedWeight weight in learning)
        {
            Parameter parameter = new(weight, weight.Matrix is { } seen ? rounding?.MasterOf(seen) : null);
            parameters.Add(parameter);
            byWeight.Add(parameter.Weight, parameter);
        }
    }

    public IReadOnlyList<Parameter> Parameters => parameters;

    /// <summary>Told of each gradient that is finished.</summary>
    public Action<Parameter>? Finished { get; set; }

    /// <summary>Lets only some parameters learn, by their numbers, and gives back the gradients of the others.</summary>
    public void Choose(Func<int, bool> learns)
    {
        for (int i = 0; i < parameters.Count; i++)
        {
            parameters[i].Learns = learns(i);
            if (!parameters[i].Learns)
            {
                Drop(parameters[i]);
            }
        }
        foreach ((int, int) shape in shared.Keys.Except(parameters.Where(one => one.Learns && one.IsMatrix).Select(one => (one.Rows, one.Columns))).ToArray())
        {
            shared.Remove(shape, out PackedMatrix? unused);
            unused!.Dispose();
        }
        isComplete = false;
    }

    void Drop(Parameter parameter)
    {
        if (!released)
        {
            parameter.MatrixGradient?.Dispose();
        }
        parameter.VectorGradient.Buffer?.Dispose();
        parameter.Hold(null, default);
    }

    /// <summary>Takes the memory of the gradients to come, where it was not taken yet.</summary>
    public void Allocate()
    {
        if (isComplete)
        {
            return;
        }
        foreach (Parameter parameter in parameters.Where(one => one.Learns && !one.HasGradient))
        {
            parameter.Hold(parameter.IsMatrix ? ForMatrix(parameter) : null, parameter.IsMatrix ? default : ForVector(parameter));
        }
        isComplete = true;
    }

    PackedMatrix ForMatrix(Parameter weight)
    {
        (int, int) shape = (weight.Rows, weight.Columns);
        if (released && shared.TryGetValue(shape, out PackedMatrix? gradient))
        {
            return gradient;
        }
        gradient = PackedMatrix.Zeros(weight.Rows, weight.Columns, MemoryKind.Gradients, account);
        if (released)
        {
            shared.Add(shape, gradient);
        }
        return gradient;
    }

    Tensor ForVector(Parameter weight) => new(new NativeBuffer((long)weight.Columns * sizeof(float), MemoryKind.Gradients, account), 0, 1, weight.Columns);

    public PackedMatrix? Of(PackedMatrix weight) => Take(weight)?.MatrixGradient;

    public Tensor? Of(Tensor vector) => Take(vector.Buffer)?.VectorGradient;

    Parameter? Take(object weight)
    {
        if (!byWeight.TryGetValue(weight, out Parameter? parameter) || !parameter.Learns)
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
        if (byWeight.TryGetValue(weight, out Parameter? parameter) && parameter.Learns)
        {
            Finished?.Invoke(parameter);
            parameter.IsTaken = false;
        }
    }

    public void Clear()
    {
        foreach (Parameter parameter in parameters)
        {
            if (parameter.HasGradient)
            {
                parameter.Gradient.Clear();
            }
        }
    }

    public void Dispose()
    {
        parameters.ForEach(Drop);
        foreach (PackedMatrix gradient in shared.Values)
        {
            gradient.Dispose();
        }
    }
}
