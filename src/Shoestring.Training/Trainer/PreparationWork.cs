using Shoestring.Tensors;

namespace Shoestring.Training;

/// <summary>What was done before the first step: examples that were scored.</summary>
/// <param name="Features">Operations.</param>
/// <param name="Rows">The most rows that the model looked at together.</param>
/// <param name="ActivationBytes">The most activations that were held.</param>
/// <param name="GradientBytes">The most gradients.</param>
readonly record struct PreparationWork(TrainingFeatures Features, int Rows, long ActivationBytes, long GradientBytes)
{
    /// <summary>What a model has counted so far.</summary>
    /// <param name="model">The model.</param>
    /// <param name="rows">The most rows that it looked at together.</param>
    public static PreparationWork Of(TrainableModel model, int rows)
    {
        WorkCounters counters = model.Operations.Counters;
        return new PreparationWork(new TrainingFeatures(counters.ProductFlops, counters.AttentionFlops, 0, 0), rows, model.Memory.Peak(MemoryKind.Activations), model.Memory.Peak(MemoryKind.Gradients));
    }
}
