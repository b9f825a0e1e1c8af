namespace Shoestring.Training;

/// <summary>Takes a parameter's gradient the moment it is finished; its memory is used again afterwards.</summary>
/// <param name="parameter">The parameter's number.</param>
/// <param name="gradient">Its gradient.</param>
public delegate void GradientSink(int parameter, FlatValues gradient);

/// <summary>What a trainer trains: parameters, and a loss with its gradients.</summary>
public interface ITrainedModel
{
    /// <summary>The parameters that learn.</summary>
    IReadOnlyList<OptimizedParameter> Parameters { get; }

    /// <summary>The numbers of a parameter.</summary>
    FlatValues Weights(int parameter);

    /// <summary>The gradient that <see cref="Accumulate"/> has added up.</summary>
    FlatValues Gradient(int parameter);

    /// <summary>Lets only some parameters learn from now on.</summary>
    /// <param name="trains">Whether a parameter, by its number, learns.</param>
    void Choose(Func<int, bool> trains);

    /// <summary>Forgets all gradients.</summary>
    void ClearGradients();

    /// <summary>A batch's summed loss, Σ weight · −ln p(target), whose gradients are added to those there are.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="sink">Takes the gradients one by one instead, or null.</param>
    double Accumulate(TrainingBatch batch, GradientSink? sink);

    /// <summary>A batch's summed loss without gradients.</summary>
    double Loss(TrainingBatch batch);
}
