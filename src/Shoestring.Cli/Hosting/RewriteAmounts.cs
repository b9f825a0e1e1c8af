using Shoestring.Techniques;

namespace Shoestring.Cli;

/// <summary>Shows the writing of a model on a progress bar.</summary>
sealed class RewriteAmounts(IProgress<Amount> progress) : IProgress<RewriteProgress>
{
    public void Report(RewriteProgress value) => progress.Report(new Amount(value.Done, value.Total, value.Step));
}
