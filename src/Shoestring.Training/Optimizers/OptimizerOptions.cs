using Shoestring.Tensors;

namespace Shoestring.Training;

/// <summary>Which optimizer, and how it is set. The names of options on the command line and in recipes are the properties' in lower case.</summary>
public abstract record OptimizerOptions
{
    /// <summary>Its name on the command line.</summary>
    public abstract string Name { get; }

    /// <summary>The learning rate where none is given.</summary>
    public abstract double UsualLearningRate { get; }

    /// <summary>Pull of matrices towards zero, apart from the gradient; vectors are never pulled.</summary>
    public double WeightDecay { get; init; }

    /// <summary>Makes one for these parameters.</summary>
    /// <param name="parameters">The parameters that it may update.</param>
    /// <param name="seed">Where its random numbers start.</param>
    /// <param name="pool">The threads.</param>
    /// <param name="account">Who counts its memory.</param>
    public abstract Optimizer Create(IReadOnlyList<OptimizedParameter> parameters, ulong seed, WorkerPool pool, MemoryAccount account);

    /// <summary>The decay of one parameter.</summary>
    internal double DecayOf(OptimizedParameter parameter) => parameter.IsMatrix ? WeightDecay : 0;
}
