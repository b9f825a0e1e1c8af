using Shoestring.Models;
using Shoestring.Tensors;

namespace Shoestring.Training;

/// <summary>What a run will hold and compute, before its first step: exact.</summary>
/// <param name="WeightBytes">Weights.</param>
/// <param name="GradientBytes">Gradients.</param>
/// <param name="OptimizerBytes">Optimizer state.</param>
/// <param name="ActivationBytes">A step's activations.</param>
/// <param name="ScratchBytes">The text's tokens, and scratch memory as far as it is held now; what kernels take at their first step is not known.</param>
/// <param name="Flops">Operations of all steps, evaluations among them.</param>
/// <param name="Tokens">Rows that are trained on.</param>
public readonly record struct TrainingForecast(long WeightBytes, long GradientBytes, long OptimizerBytes, long ActivationBytes, long ScratchBytes, double Flops, long Tokens)
{
    /// <summary>All bytes.</summary>
    public long Bytes => WeightBytes + GradientBytes + OptimizerBytes + ActivationBytes + ScratchBytes;
}

/// <summary>Makes forecasts from the cost model, optimizers' own formulas and the batches to come.</summary>
static class Forecaster
{
    // The documents of as many batches are looked at; those of longer runs are taken to go on alike.
    const long MostBatches = 2000;

    /// <summary>The forecast of a run.</summary>
    /// <param name="run">The run.</param>
    /// <param name="batches">A stream of its batches that may be run through.</param>
    /// <param name="heldOutRows">Rows of each document of an evaluation's batches.</param>
    public static TrainingForecast Of(PreparedRun run, BatchStream batches, IReadOnlyList<int[]> heldOutRows)
    {
        TrainingRecipe recipe = run.Recipe;
        TrainingWork work = Work(run.Model, run.Methods);
        long all = recipe.Steps * recipe.Accumulation, seen = Math.Min(all, MostBatches);
        double flops = 0;
        long rows = 0;
        // Learned rows stand before every document.
        int before = run.Model.VirtualRows;
        int[][] heldOut = [.. heldOutRows.Select(documents => documents.Select(rows => rows + before).ToArray())];
        int most = heldOut.Select(documents => documents.Sum()).DefaultIfEmpty(0).Max();
        var batch = new TrainingBatch();
        for (long i = 0; i < seen; i++)
        {
            batches.Next(batch);
            rows += batch.Rows;
            most = Math.Max(most, batch.Rows + (before * batch.Documents.Length));
            TrainingFlops step = run.Model.Cost.TrainingFlops([.. Lengths(batch).Select(length => length + before)], work);
            flops += run.Methods.Mezo is null ? step.Total : 2 * step.Forward;
        }

        double evaluation = heldOut.Sum(documents => (double)run.Model.Cost.TrainingFlops(documents, work).Forward);
        long evaluations = heldOut.Length == 0 ? 0 : 2 + (recipe.EvaluateEvery > 0 ? (recipe.Steps - 1) / recipe.EvaluateEvery : 0);
        double share = (double)all / seen;
        MemoryAccount memory = run.Model.Memory;
        return new TrainingForecast(
            memory.Current(MemoryKind.Weights), memory.Current(MemoryKind.Gradients), OptimizerBytes(run), Activations(run.Model, run.Methods, most), memory.Current(MemoryKind.Scratch),
            (flops * share) + (evaluation * evaluations) + run.PreparationFlops, (long)(rows * share));
    }

    /// <summary>Bytes of a step's activations.</summary>
    public static long Activations(TrainableModel model, TrainingMethods methods, int rows)
    {
        TrainingWork work = Work(model, methods);
        return model.Cost.TrainingActivationBytes(rows, new TrainingPlan
        {
            Checkpointing = methods.Checkpointing,
            FirstBlock = model.Cost.FirstBlock(work),
            Backward = methods.Mezo is null,
        }) + model.DeltaBytes(rows);
    }

    static IEnumerable<int> Lengths(TrainingBatch batch)
    {
        foreach (RowRange document in batch.Documents.ToArray())
        {
            yield return document.Count;
        }
    }

    static TrainingWork Work(TrainableModel model, TrainingMethods methods)
    {
        HashSet<string> learned = [.. model.Parameters.Select(parameter => parameter.Name)];
        return new TrainingWork(learned.Contains)
        {
            Checkpointing = methods.Checkpointing,
            DeltaRank = name => methods.LowRank is { } deltas && IsAmong(deltas.Layers, name) ? deltas.Rank : 0,
            Adapter = name => Adapter(methods, name),
        };
    }

    static bool IsAmong(IReadOnlyList<string> layers, string name) => layers.Contains(name.Split('.')[^1]);

    static AdapterWork Adapter(TrainingMethods methods, string name) =>
        methods.LowRank is { Magnitude: not MagnitudeKind.None } deltas && IsAmong(deltas.Layers, name)
            ? new AdapterWork(true, OutputAgain: true, deltas.Magnitude == MagnitudeKind.Full ? 2 * deltas.Rank : deltas.Rank, deltas.Magnitude == MagnitudeKind.Full ? deltas.Rank : 0)
        : methods.Channels is { } channels && IsAmong(channels.Layers, name) ? new AdapterWork(true, OutputAgain: !name.EndsWith(".ffn_down", StringComparison.Ordinal))
        : methods.Serial is { } serial && IsAmong(serial.Layers, name) ? new AdapterWork(true, OutputAgain: true, Inner: serial.Inner)
        : methods.Virtual is not null ? new AdapterWork(true)
        : default;

    // Of a blockwise method, the most that any of the first turns holds.
    static long OptimizerBytes(PreparedRun run)
    {
        if (run.Optimizer is not { } optimizer)
        {
            return Mezo.StateBytes;
        }

        if (run.Methods.Blockwise is not { } blockwise)
        {
            return optimizer.FullStateBytes;
        }

        var choice = new BlockChoice(blockwise, [.. optimizer.Parameters.Select(one => one.Name)], run.Recipe.Seed);
        return choice.KeepsState ? optimizer.FullStateBytes
            : Enumerable.Range(0, choice.Units * 4).Select(turn => (long)turn * blockwise.Interval).Where(step => step < run.Recipe.Steps)
                .Max(step => optimizer.Parameters.Select((one, i) => choice.Trains(i, step) ? optimizer.StateOf(one).Sum(buffer => buffer.Bytes) : 0).Sum());
    }
}
