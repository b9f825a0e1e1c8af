using Shoestring.Models;
using Shoestring.Training;

namespace Shoestring.Cli;

/// <summary>What a run of training will take, before its first step.</summary>
sealed class TrainingPrediction
{
    // Code that is compiled for the first step, and what the runtime keeps of it: the median of what six runs (adamw, lomo, mezo, adafactor; 2 and 11 million
    // weights) held at their peak beside all that is counted, 3.2 to 4.6 MB.
    const long CompiledBytes = 3_700_000;

    readonly PreparedRun run;
    readonly MeterOptions meter;
    readonly string name, kind;
    readonly TrainingForecast forecast;
    readonly long residentBytes;

    public TrainingPrediction(PreparedRun run, MeterOptions meter, string name, string kind)
    {
        (this.run, this.meter, this.name, this.kind) = (run, meter, name, kind);
        forecast = run.Forecast();
        Learned = run.Model.Parameters.Sum(parameter => parameter.Elements);
        // What is there now, and what is to come.
        residentBytes = System.Environment.WorkingSet + forecast.GradientBytes + forecast.OptimizerBytes + forecast.ActivationBytes
            + forecast.ScratchBytes - run.Model.Memory.Current(MemoryKind.Scratch) + CompiledBytes;
    }

    /// <summary>Weights that learn.</summary>
    public long Learned { get; }

    /// <summary>All weights, those that are added among them.</summary>
    public long Parameters => run.Model.Transformer.Weights.Sum(weight => weight.Matrix is { } matrix ? (long)matrix.Rows * matrix.Columns : weight.Vector?.Columns ?? 0);

    Cost Cost => new()
    {
        Operations = new OperationCounts(Float32: forecast.Flops),
        WeightBytes = forecast.WeightBytes,
        GradientBytes = forecast.GradientBytes,
        OptimizerBytes = forecast.OptimizerBytes,
        ActivationBytes = forecast.ActivationBytes + forecast.ScratchBytes,
    };

    double? Seconds => meter.Limits is { } limits
        ? TrainingTime.Usual.Seconds(forecast.Features, run.Methods.Optimizer?.Name ?? "mezo", meter.Threads == 1 ? limits.Float32FlopsPerSecondOneThread : limits.Float32FlopsPerSecond)
        : null;

    /// <summary>The prediction, to stand beside what is measured.</summary>
    public Prediction Prediction => new()
    {
        Cost = Cost,
        PeakResidentBytes = residentBytes,
        Seconds = Seconds,
        Joules = Seconds is { } time ? RunningCost.Of(meter, time, time * meter.Threads, Cost).Joules : null,
        Dollars = Seconds is { } seconds ? RunningCost.Of(meter, seconds, seconds * meter.Threads, Cost).Dollars : null,
    };

    /// <summary>Refuses what will not fit.</summary>
    /// <exception cref="JobFailedException">It will not; the message names what would.</exception>
    public void Check()
    {
        long available = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        if (residentBytes > available)
        {
            throw new JobFailedException($"this needs {FigureText.Bytes(residentBytes)} and {FigureText.Bytes(available)} can be had; {Cure(residentBytes - available)}");
        }
    }

    // The first that saves enough, those that change the result least before the others.
    string Cure(long excess)
    {
        long gradients = forecast.GradientBytes, state = forecast.OptimizerBytes;
        (string Name, long Saved)[] cures =
        [
            ("-t checkpointing", forecast.ActivationBytes - run.ActivationBytes(Checkpointing.Blocks)),
            ("-t checkpointing:keep=segments", forecast.ActivationBytes - run.ActivationBytes(Checkpointing.Segments)),
            ("-t adamw-8bit", state - (state / 4)),
            ("-t adafactor", state),
            ("-t lomo", state + gradients - LargestGradient),
            ("-t lomo with -t checkpointing", state + gradients - LargestGradient + forecast.ActivationBytes - run.ActivationBytes(Checkpointing.Blocks)),
            ("-t lora", state + gradients),
        ];
        return cures.FirstOrDefault(cure => cure.Saved >= excess).Name is { } enough ? $"{enough} would fit" : "take a smaller --context, --batch-tokens or model";
    }

    long LargestGradient => run.Model.Parameters.Max(parameter => parameter.Elements) * sizeof(float);

    /// <summary>The answer of a run that is only asked about.</summary>
    public Answer Answer(bool explain)
    {
        Receipt receipt = Receipt();
        return new Answer(new WorkReport(new Work("plan") { Model = name }), writer =>
        {
            writer.WriteNumber("steps", run.Recipe.Steps);
            writer.WriteNumber("trainableParameters", Learned);
            writer.WriteNumber("parameters", Parameters);
            writer.Receipt("predicted", receipt);
        })
        {
            Text = output =>
            {
                output.WriteLine($"{name}: {run.Recipe.Steps} steps, planned");
                output.Write(ReceiptText.Format(receipt, explain));
            },
        };
    }

    Receipt Receipt()
    {
        const string exact = "from shapes, before anything is allocated";
        Prediction all = Prediction;
        return new Receipt
        {
            Work = new Work(kind, forecast.Tokens) { Model = name },
            Computation = new ComputationFigures
            {
                Flops = Figure.Counted(forecast.Flops, Units.Flops, "products and attention of forward, backward, what is computed again, and evaluations"),
                Seconds = Modelled(all.Seconds, Units.Seconds, "products and attention at shares of the measured multiply-add rate, elements and updates at what they take"),
            },
            Memory = new MemoryFigures
            {
                PeakResidentBytes = Figure.Modelled(residentBytes, Units.Bytes, "resident now, with gradients, optimizer state, activations, scratch memory and the code of a step"),
                WeightBytes = Figure.Counted(forecast.WeightBytes, Units.Bytes, exact),
                GradientBytes = Figure.Counted(forecast.GradientBytes, Units.Bytes, exact),
                OptimizerBytes = Figure.Counted(forecast.OptimizerBytes, Units.Bytes, exact),
                ActivationBytes = Figure.Counted(forecast.ActivationBytes + forecast.ScratchBytes, Units.Bytes, "one step's arena, the text's tokens, and the scratch memory of kernels and optimizer"),
            },
            Energy = new EnergyFigures { Joules = Modelled(all.Joules, Units.Joules, "the energy model at the predicted time") },
            Money = new MoneyFigures { Dollars = Modelled(all.Dollars, Units.Dollars, "cores × time × hardware price + joules × electricity price") },
        };
    }

    Figure Modelled(double? value, string unit, string how) => value is { } known ? Figure.Modelled(known, unit, how) : Figure.Unavailable(unit, meter.NoLimitsReason);
}
