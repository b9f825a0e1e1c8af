using System.Diagnostics;
using Shoestring.Training;
using Spectre.Console;

namespace Shoestring.Cli;

/// <summary>A run of training as it goes on: losses, rate, cost so far and time left.</summary>
sealed class TrainingShow : IProgress<TrainingProgress>
{
    // As many lines as are read at a glance, where there is no terminal to draw on.
    const int Lines = 20;

    static readonly TimeSpan redraw = TimeSpan.FromMilliseconds(250);

    readonly Session session;
    readonly PreparedRun run;
    readonly MeterOptions meter;
    readonly LiveDisplayContext? live;
    readonly long started = Stopwatch.GetTimestamp();
    readonly double processorStart = ProcessCounters.ProcessorSeconds();
    readonly long firstStep, firstToken;
    long drawn;

    TrainingShow(Session session, PreparedRun run, MeterOptions meter, LiveDisplayContext? live)
    {
        (this.session, this.run, this.meter, this.live) = (session, run, meter, live);
        (firstStep, firstToken) = (run.Trainer.State.Step, run.Trainer.State.Tokens);
    }

    /// <summary>Runs <paramref name="work"/> while it shows.</summary>
    public static T Follow<T>(Session session, PreparedRun run, MeterOptions meter, Func<T> work)
    {
        if (session.Quiet || !session.Host.ErrorIsTerminal)
        {
            run.Progress = new TrainingShow(session, run, meter, null);
            return work();
        }

        return Terminal.ForErrors(session.Host).Live(new Text("training")).AutoClear(true).Start(context =>
        {
            run.Progress = new TrainingShow(session, run, meter, context);
            return work();
        });
    }

    public void Report(TrainingProgress value)
    {
        bool last = value.Step == value.Steps;
        if (live is null)
        {
            if (last || value.HeldOutLoss is not null || value.Step % Math.Max(1, value.Steps / Lines) == 0)
            {
                session.Note(Line(value));
            }
        }
        else if (last || Stopwatch.GetElapsedTime(drawn) > redraw)
        {
            drawn = Stopwatch.GetTimestamp();
            live.UpdateTarget(new Text(string.Join('\n', LossPlot.Draw(run.Trainer.History).Append(Line(value)))));
        }
    }

    string Line(TrainingProgress value)
    {
        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        double left = seconds / Math.Max(1, value.Step - firstStep) * (value.Steps - value.Step);
        var counted = new Cost
        {
            Operations = ModelWork.Operations(run.Model.Operations.Counters),
            WeightBytesMoved = run.Model.Operations.Counters.WeightBytesRead,
            WeightBytes = run.Model.Memory.PeakTotal,
        };
        RunningCost cost = RunningCost.Of(meter, seconds, ProcessCounters.ProcessorSeconds() - processorStart, counted);
        double whole = (seconds + left) / Math.Max(seconds, 1e-9);
        string heldOut = value.HeldOutLoss is { } loss ? string.Create(CultureInfo.InvariantCulture, $" (held out {loss:0.0000})") : "";
        string soFar = $"{FigureText.Format(cost.Joules, Units.Joules)} and {FigureText.Format(cost.Dollars, Units.Dollars)} so far";
        string atEnd = $"{FigureText.Format(cost.Joules * whole, Units.Joules)} and {FigureText.Format(cost.Dollars * whole, Units.Dollars)} at the end";
        return string.Create(CultureInfo.InvariantCulture,
            $"step {value.Step} of {value.Steps}: loss {value.Loss:0.0000}{heldOut}, {(value.Tokens - firstToken) / seconds:N0} tokens/s, rate {value.LearningRate:G3}, {soFar}, {atEnd}, {TimeSpan.FromSeconds(left):hh\\:mm\\:ss} left");
    }
}
