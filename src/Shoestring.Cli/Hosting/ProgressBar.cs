using Spectre.Console;
using Spectre.Console.Rendering;

namespace Shoestring.Cli;

/// <summary>How far work has come.</summary>
/// <param name="Done">What is done.</param>
/// <param name="Total">What there is to do.</param>
/// <param name="Title">What is being done now, or null to leave the title as it is.</param>
readonly record struct Amount(double Done, double Total, string? Title = null);

/// <summary>A bar with share, rate and time left on standard error.</summary>
static class ProgressBar
{
    /// <summary>Shows nothing.</summary>
    public static IProgress<Amount> None { get; } = new Silent();

    /// <summary>Runs <paramref name="work"/> while its bar shows.</summary>
    public static T Run<T>(Host host, string title, string unit, Func<IProgress<Amount>, T> work) =>
        Terminal.ForErrors(host).Progress()
            .AutoClear(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RateColumn(unit), new RemainingTimeColumn())
            .Start(context => work(new Bar(context.AddTask(Markup.Escape(title), maxValue: double.MaxValue))));

    sealed class Silent : IProgress<Amount>
    {
        public void Report(Amount value)
        {
        }
    }

    sealed class Bar(ProgressTask task) : IProgress<Amount>
    {
        public void Report(Amount value)
        {
            if (value.Title is not null)
            {
                task.Description = Markup.Escape(value.Title);
            }

            task.MaxValue = Math.Max(value.Total, double.Epsilon);
            task.Value = value.Done;
        }
    }

    sealed class RateColumn(string unit) : ProgressColumn
    {
        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) =>
            new Text(task.Speed is { } speed && double.IsFinite(speed) ? FigureText.Format(speed, unit + "/s") : "");
    }
}
