using Shoestring.Models;
using Shoestring.Tensors;

namespace Shoestring.Training;

/// <summary>
/// The parameters and their gradients, which are held from the first step on and only of parameters that learn: what never steps back, as MeZO, has
/// none, and blockwise methods those of a few blocks. Gradients are kept, one for each parameter, or released: some share
/// one, which is cleared for each anew (<see cref="ReleasedGradient"/>; Lv et al., arXiv 2306.09782, §3.1).
/// </summary>
sealed class GradientStore : IGradients, IDisposable
{
    readonly Dictionary<object, Parameter> byWeight = new(ReferenceEqualityComparer.Instance);
    readonly Dictionary<(string, long, long), PackedMatrix> shared = [];
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
        foreach ((string, long, long) slot in shared.Keys.Except(parameters.Where(one => one.Learns && one.IsMatrix).Select(Slot)).ToArray())
        {
            shared.Remove(slot, out PackedMatrix? unused);
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

    static (string, long, long) Slot(Parameter weight) => ReleasedGradient.Slot(weight.Name, weight.Rows, weight.Columns, weight.IsMatrix);

    PackedMatrix ForMatrix(Parameter weight)
    {
        if (released && shared.TryGetValue(Slot(weight), out PackedMatrix? gradient))
        {
            return gradient;
        }
        gradient = PackedMatrix.Zeros(weight.Rows, weight.Columns, MemoryKind.Gradients, account);
        if (released)
        {
            shared.Add(Slot(weight), gradient);
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
