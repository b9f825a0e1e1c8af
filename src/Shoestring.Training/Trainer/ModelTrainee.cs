using Shoestring.Models;

namespace Shoestring.Training;

/// <summary>A language model as a trainer sees it.</summary>
public sealed class ModelTrainee : ITrainedModel
{
    readonly TrainableModel model;
    readonly Dictionary<Parameter, int> numbers;
    readonly StepOptions kept;
    readonly StepOptions released;
    GradientSink? sink;

    /// <summary>The model's parameters in their order.</summary>
    /// <param name="model">The model.</param>
    /// <param name="checkpointing">What its backward pass computes again.</param>
    /// <param name="distillation">The teacher that it listens to, or null.</param>
    public ModelTrainee(TrainableModel model, Checkpointing checkpointing, Distillation? distillation = null)
    {
        this.model = model;
        numbers = model.Parameters.Select((one, i) => (one, i)).ToDictionary(pair => pair.one, pair => pair.i);
        Parameters = [.. model.Parameters.Select(one => new OptimizedParameter(one.Name, one.Rows, one.Columns, one.IsMatrix))];
        kept = new StepOptions { Checkpointing = checkpointing, Distillation = distillation };
        released = kept with { Finished = Release };
    }

    /// <inheritdoc/>
    public IReadOnlyList<OptimizedParameter> Parameters { get; }

    /// <inheritdoc/>
    public FlatValues Weights(int parameter) => model.Parameters[parameter] is { Matrix: { } matrix } ? FlatValues.Of(matrix) : FlatValues.ValuesOf(model.Parameters[parameter]);

    /// <inheritdoc/>
    public FlatValues Gradient(int parameter) => model.Parameters[parameter] is { MatrixGradient: { } matrix } ? FlatValues.Of(matrix) : FlatValues.GradientOf(model.Parameters[parameter]);

    /// <inheritdoc/>
    public void Choose(Func<int, bool> trains) => model.Choose(trains);

    /// <inheritdoc/>
    public void ClearGradients() => model.ClearGradients();

    /// <inheritdoc/>
    public double Accumulate(TrainingBatch batch, GradientSink? sink)
    {
        this.sink = sink;
        return model.Step(batch, sink is null ? kept : released);
    }

    /// <inheritdoc/>
    public double Loss(TrainingBatch batch) => model.Evaluate(batch);

    void Release(Parameter parameter)
    {
        int number = numbers[parameter];
        sink!(number, Gradient(number));
    }
}
