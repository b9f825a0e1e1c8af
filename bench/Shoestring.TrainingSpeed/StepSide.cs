using System.Diagnostics;
using Shoestring.Metering;
using Shoestring.Models;
using Shoestring.Tensors;
using Shoestring.Torch;
using Shoestring.Training;

namespace Shoestring.TrainingSpeed;

/// <summary>What one process saw.</summary>
/// <param name="StepSeconds">Each timed step: gradients cleared, forward, backward, and the update of all weights.</param>
/// <param name="PeakResidentBytes">The most physical memory of the process (VmHWM).</param>
/// <param name="Losses">Mean loss of a token at each step, the first ones too, which are not timed.</param>
sealed record SideRun(double[] StepSeconds, double PeakResidentBytes, double[] Losses);

/// <summary>
/// Trains the Llama-type model of 11.0 M parameters (vocabulary 512, width 384, 6 blocks of 6 heads, feed-forward width 1,024) on sixteen
/// documents of 256 tokens at a time, in this process and with nothing beside it.
/// </summary>
static class StepSide
{
    /// <summary>AdamW, everything kept; the same with SGD from within a backward pass that computes blocks again (LOMO); and TorchSharp.</summary>
    public static readonly string[] Names = ["shoestring", "shoestring-lomo-checkpointing", "torchsharp"];

    const int Pieces = 512, Context = 256, Documents = 16, WarmUp = 2;
    const double Rate = 6e-4;

    /// <summary>Rows of a step.</summary>
    public const int Rows = Context * Documents;

    public static SideRun Run(string name, int threads, int steps)
    {
        using WorkerPool pool = new(threads);
        TrainableOptions options = new() { ReleaseGradients = name == Names[1] };
        TrainableModel model = Model(pool, options);
        return name switch
        {
            "shoestring" => Adam(model, pool, steps),
            "shoestring-lomo-checkpointing" => Lomo(model, pool, steps),
            "torchsharp" => TorchSharp(model, threads, steps),
            _ => throw new InputException($"there is no side \"{name}\"", "--side", $"use one of {string.Join(", ", Names)}"),
        };
    }

    static TrainableModel Model(WorkerPool pool, TrainableOptions options)
    {
        ModelShape shape = new() { Width = 384, Blocks = 6, Heads = 6, FeedForward = 1024, Tied = false };
        Vocabulary bytes = new BytePairTrainer(new BytePairOptions { VocabularySize = 257 }).Train();
        return TrainableModel.Create(shape.Configuration(Pieces, Context), bytes, 1, pool, options);
    }

    /// <summary>Tokens that follow each other by a rule with some chance in it, so that there is something to learn.</summary>
    static TrainingBatch Batch(int number)
    {
        TrainingBatch batch = new();
        ulong state = (ulong)number + 1;
        int[] tokens = new int[Context + 1];
        for (int document = 0; document < Documents; document++)
        {
            for (int i = 0; i < tokens.Length; i++)
            {
                state = state * 6364136223846793005 + 1442695040888963407;
                tokens[i] = i > 0 && state >> 62 != 0 ? (tokens[i - 1] * 5 + 7) % Pieces : (int)(state >> 40) % Pieces;
            }
            batch.Add(tokens);
        }
        return batch;
    }

    static SideRun Adam(TrainableModel model, WorkerPool pool, int steps)
    {
        ModelTrainee trainee = new(model, Checkpointing.None);
        using Optimizer optimizer = new AdamWOptions().Create(trainee.Parameters, 1, pool, model.Memory);
        return Time(steps, batch =>
        {
            trainee.ClearGradients();
            double loss = trainee.Accumulate(batch, null);
            for (int i = 0; i < trainee.Parameters.Count; i++)
            {
                optimizer.Update(i, new ParameterUpdate(trainee.Weights(i), trainee.Gradient(i), Rate, 1 / batch.TotalWeight));
            }
            return loss / batch.TotalWeight;
        });
    }

    static SideRun Lomo(TrainableModel model, WorkerPool pool, int steps)
    {
        ModelTrainee trainee = new(model, Checkpointing.Blocks);
        SgdOptions options = new();
        using Optimizer optimizer = options.Create(trainee.Parameters, 1, pool, model.Memory);
        return Time(steps, batch => trainee.Accumulate(batch, (i, gradient) =>
            optimizer.Update(i, new ParameterUpdate(trainee.Weights(i), gradient, options.UsualLearningRate, 1 / batch.TotalWeight))) / batch.TotalWeight);
    }

    static SideRun TorchSharp(TrainableModel source, int threads, int steps)
    {
        TorchRuntime.Start(threads);
        using TorchModel model = new(source);
        source.Dispose();
        using TorchTrainer trainer = new(model, new AdamWOptions(), Rate);
        return Time(steps, batch =>
        {
            double loss = trainer.Learn(batch);
            trainer.Update();
            return loss;
        });
    }

    static SideRun Time(int steps, Func<TrainingBatch, double> step)
    {
        double[] seconds = new double[steps], losses = new double[WarmUp + steps];
        for (int i = 0; i < losses.Length; i++)
        {
            TrainingBatch batch = Batch(i);
            long start = Stopwatch.GetTimestamp();
            losses[i] = step(batch);
            if (i >= WarmUp)
            {
                seconds[i - WarmUp] = Stopwatch.GetElapsedTime(start).TotalSeconds;
            }
        }
        double peak = ProcessCounters.PeakResidentBytes().Value ?? throw new InvalidOperationException("this system does not tell a process's peak memory");
        return new SideRun(seconds, peak, losses);
    }
}
