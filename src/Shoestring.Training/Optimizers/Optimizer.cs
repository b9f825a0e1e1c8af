using Shoestring.Tensors;

namespace Shoestring.Training;

/// <summary>One update of one parameter.</summary>
/// <param name="Weights">The parameter, changed in place.</param>
/// <param name="Gradient">Its gradient, left as it is.</param>
/// <param name="LearningRate">The step size of now.</param>
/// <param name="GradientFactor">What the gradient is multiplied by first: clipping, and the mean over what was accumulated.</param>
public readonly record struct ParameterUpdate(FlatValues Weights, FlatValues Gradient, double LearningRate, double GradientFactor = 1);

/// <summary>
/// Changes parameters by their gradients, one parameter at a time, so that it serves a trainer that has all gradients as well as
/// a backward pass that hands each over and forgets it. State is allocated when a parameter is first updated, or kept only for
/// some (<see cref="KeepOnly"/>). Results do not depend on the number of threads.
/// </summary>
/// <param name="parameters">The parameters that may be updated.</param>
/// <param name="pool">The threads.</param>
/// <param name="account">Who counts the state.</param>
public abstract class Optimizer(IReadOnlyList<OptimizedParameter> parameters, WorkerPool pool, MemoryAccount account) : IDisposable
{
    readonly ParameterState?[] states = new ParameterState?[parameters.Count];

    /// <summary>The parameters.</summary>
    public IReadOnlyList<OptimizedParameter> Parameters => parameters;

    /// <summary>The threads.</summary>
    protected WorkerPool Pool => pool;

    /// <summary>Who counts memory.</summary>
    protected MemoryAccount Account => account;

    /// <summary>Bytes of state held now.</summary>
    public long StateBytes => states.Sum(state => state?.Bytes ?? 0);

    /// <summary>What is kept of a parameter: exact before anything is allocated.</summary>
    public abstract IReadOnlyList<StateBuffer> StateOf(OptimizedParameter parameter);

    /// <summary>Bytes of state once all parameters have theirs.</summary>
    public long FullStateBytes => parameters.Sum(parameter => StateOf(parameter).Sum(buffer => buffer.Bytes));

    /// <summary>Bytes of scratch memory that updates take at most, beside their state.</summary>
    public virtual long ScratchBytes => 0;

    /// <summary>The state of parameter <paramref name="index"/>, or null while it has none.</summary>
    public ParameterState? State(int index) => states[index];

    /// <summary>The state of parameter <paramref name="index"/>, allocated now where it has none: to read a checkpoint into.</summary>
    public ParameterState Ensure(int index) => states[index] ??= new ParameterState(StateOf(parameters[index]), account);

    /// <summary>Forgets the state of every parameter but those named, as blockwise methods do when they go on to other blocks.</summary>
    /// <param name="keep">Whether a parameter, by its number, keeps its state.</param>
    public void KeepOnly(Func<int, bool> keep)
    {
        for (int i = 0; i < states.Length; i++)
        {
            if (!keep(i))
            {
                states[i]?.Dispose();
                states[i] = null;
            }
        }
    }

    /// <summary>Updates parameter <paramref name="index"/>.</summary>
    /// <exception cref="ArgumentException">Weights or gradient are not as long as the parameter.</exception>
    public void Update(int index, ParameterUpdate update)
    {
        OptimizedParameter parameter = parameters[index];
        if (update.Weights.Count != parameter.Count || update.Gradient.Count != parameter.Count)
        {
            throw new ArgumentException($"{parameter} has {parameter.Count} numbers; weights {update.Weights.Count}, gradient {update.Gradient.Count}", nameof(update));
        }

        ParameterState state = Ensure(index);
        state.Steps++;
        Update(index, parameter, state, update);
    }

    /// <summary>Does the update; the state's count of steps includes this one.</summary>
    protected abstract void Update(int index, OptimizedParameter parameter, ParameterState state, ParameterUpdate update);

    /// <inheritdoc/>
    public virtual void Dispose()
    {
        KeepOnly(_ => false);
        GC.SuppressFinalize(this);
    }
}
