using Shoestring.Techniques;

namespace Shoestring.Cli;

/// <summary>Shows the writing of tensors on a progress bar.</summary>
sealed class TensorAmounts(IProgress<Amount> progress) : IProgress<QuantizationProgress>
{
    public void Report(QuantizationProgress value) =>
        progress.Report(new Amount(value.BytesDone, value.Bytes, $"writing tensor {value.TensorsDone} of {value.Tensors}"));
}
