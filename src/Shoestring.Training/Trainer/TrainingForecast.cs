using Shoestring.Models;
using Shoestring.Tensors;

namespace Shoestring.Training;

/// <summary>What a run will hold and compute, before its first step: exact.</summary>
/// <param name="WeightBytes">Weights.</param>
/// <param name="GradientBytes">Gradients; of a blockwise method the most of any turn.</param>
/// <param name="OptimizerBytes">Optimizer state, likewise.</param>
/// <param name="ActivationBytes">A step's activations.</param>
/// <param name="ScratchBytes">The text's tokens, and the scratch memory of kernels and optimizer.</param>
/// <param name="Flops">Operations of all steps, evaluations among them.</param>
/// <param name="Tokens">Rows that are trained on.</param>
public readonly record struct TrainingForecast(long WeightBytes, long GradientBytes, long OptimizerBytes, long ActivationBytes, long ScratchBytes, double Flops, long Tokens)
{
    /// <summary>What its time is made of.</summary>
    public TrainingFeatures Features { get; init; }

    /// <summary>All bytes.</summary>
    public long Bytes => WeightBytes + GradientBytes + OptimizerBytes + ActivationBytes + ScratchBytes;
}

/// <summary>Makes forecasts from the cost model, optimizers' own formulas and the batches to come.</summary>
sealed class Forecaster
{
    // The documents of as many batches are looked at; those of longer runs are taken to go on alike.
    const long MostBatches = 2000;

    // Rounds of a blockwise method's turns that are looked at.
    const int Rounds = 4;

    readonly PreparedRun run;
    readonly TrainableModel model;
    readonly TrainingMethods methods;
    readonly TrainingWork all;
    readonly TrainingPlan plan;
    readonly BlockChoice? choice;
    readonly Dictionary<long, TrainingWork> turns = [];

    Forecaster(PreparedRun run)
    {
        (this.run, model, methods) = (run, run.Model, run.Methods);
        all = Work(model, methods, _ => true);
        plan = PlanOf(model, methods, all);
        choice = methods.Blockwise is { } blockwise ? new BlockChoice(blockwise, [.. model.Parameters.Select(one => one.Name)], run.Recipe.Seed) : null;
    }

    /// <summary>The forecast of a run.</summary>
    /// <param name="run">The run.</param>
    /// <param name="batches">A stream of its batches that may be run through.</param>
    /// <param name="heldOutRows">Rows of each document of an evaluation's batches.</param>
    /// <param name="textBytes">Bytes that its text holds.</param>
    /// <param name="threads">Threads.</param>
    public static TrainingForecast Of(PreparedRun run, BatchStream batches, IReadOnlyList<int[]> heldOutRows, long textBytes, int threads) =>
        new Forecaster(run).Run(batches, heldOutRows, textBytes, threads);

    TrainingForecast Run(BatchStream batches, IReadOnlyList<int[]> heldOutRows, long textBytes, int threads)
    {
        TrainingRecipe recipe = run.Recipe;
        // Learned rows stand before every document.
        heldOutRows = [.. heldOutRows.Select(documents => documents.Select(count => count + model.VirtualRows).ToArray())];
        long steps = recipe.Steps * recipe.Accumulation, seen = Math.Min(steps, MostBatches), rows = 0;
        TrainingFeatures features = default;
        HashSet<int> sizes = [], judged = [.. heldOutRows.Select(documents => documents.Sum()), .. Preparation.Rows > 0 ? [Preparation.Rows] : Array.Empty<int>()];
        var batch = new TrainingBatch();
        for (long i = 0; i < seen; i++)
        {
            batches.Next(batch, run.Options.LongestAt(i / recipe.Accumulation));
            rows += batch.Rows;
            sizes.Add(batch.Rows + (model.VirtualRows * batch.Documents.Length));
            features += FeaturesOf(batch, i / recipe.Accumulation);
        }

        long evaluations = heldOutRows.Count == 0 ? 0 : 2 + (recipe.EvaluateEvery > 0 ? (recipe.Steps - 1) / recipe.EvaluateEvery : 0);
        double share = (double)steps / seen;
        features = (features * share) + (heldOutRows.Aggregate(default(TrainingFeatures), (sum, documents) => sum + Forward(documents)) * evaluations) + Preparation.Features;
        int most = sizes.Union(judged).Max();
        return new TrainingForecast(
            model.Memory.Peak(MemoryKind.Weights), Math.Max(Preparation.GradientBytes, methods.Mezo is null ? Most(GradientBytes) : 0), OptimizerBytes(),
            Math.Max(Preparation.ActivationBytes, Activations(model, methods, most) + (run.Distillation?.ActivationBytes(most, plan.LogitBytes) ?? 0)),
            Math.Max(model.Memory.Peak(MemoryKind.Scratch), textBytes + ScratchNeed.Fixed(threads) + Scratch(sizes, judged, threads) + (run.Optimizer?.ScratchBytes ?? 0)),
            features.Products + features.Attention, (long)(rows * share))
        {
            Features = features,
        };
    }

    PreparationWork Preparation => run.Preparation;

    TrainingFeatures FeaturesOf(TrainingBatch batch, long step)
    {
        int[] documents = [.. Lengths(batch).Select(count => count + model.VirtualRows)];
        TrainingWork work = WorkOf(step);
        double learned = model.Parameters.Sum(one => work.Learns(one.Name) ? (double)one.Elements : 0) / run.Recipe.Accumulation;
        if (methods.Mezo is not null)
        {
            return (Forward(documents) * 2) with { Updates = Mezo.Moves * learned };
        }

        TrainingFlops pass = model.Cost.TrainingFlops(documents, work);
        // What goes back touches each element twice, and what is computed again touches it once more.
        double passes = 3 + ((double)pass.Recomputed / pass.Forward), again = run.Options is { ReleaseGradients: true, ClipNorm: > 0 } ? 2 : 1;
        var features = new TrainingFeatures(pass.Total - pass.Attention, pass.Attention, passes * documents.Sum() * model.Cost.ElementsOfRow(), 0);
        return ((features + Teacher(documents)) * again) with { Updates = learned };
    }

    TrainingFeatures Teacher(int[] documents)
    {
        if (run.Distillation is not { IsHeard: true } distillation)
        {
            return default;
        }

        TrainingFlops pass = distillation.Teacher.Cost.TrainingFlops(documents, FrozenModel.Work);
        return new TrainingFeatures(pass.Forward - pass.ForwardAttention, pass.ForwardAttention, (double)documents.Sum() * distillation.Teacher.Cost.ElementsOfRow(), 0);
    }

    TrainingFeatures Forward(int[] documents)
    {
        TrainingFlops pass = model.Cost.TrainingFlops(documents, all);
        return new TrainingFeatures(pass.Forward - pass.ForwardAttention, pass.ForwardAttention, (double)documents.Sum() * model.Cost.ElementsOfRow(), 0);
    }

    // What learns in a step: everything, or a blockwise method's choice, which stays the same for some steps.
    TrainingWork WorkOf(long step)
    {
        if (choice is null)
        {
            return all;
        }

        long turn = step / methods.Blockwise!.Interval;
        return turns.TryGetValue(turn, out TrainingWork? work) ? work
            : turns[turn] = Work(model, methods, i => choice.Trains(i, step)) with { PlannedFrom = plan.FirstBlock };
    }

    long Scratch(HashSet<int> sizes, HashSet<int> judged, int threads)
    {
        Dictionary<string, TensorFormat> formats = Formats(model.Transformer);
        ScratchNeed need = default;
        foreach (TrainingWork work in choice is null ? [all] : turns.Values.Take(choice.Units * Rounds))
        {
            TrainingPlan reached = plan with { FirstBlock = model.Cost.FirstBlock(work) };
            need = sizes.Aggregate(need, (most, rows) => most.Or(model.Cost.TrainingScratch(rows, work, reached, name => formats[name], threads)));
        }

        foreach (int rows in judged)
        {
            need = need.Or(model.Cost.TrainingScratch(rows, all, plan with { Backward = false }, name => formats[name], threads));
        }

        if (run.Distillation is { IsHeard: true, Teacher: var teacher })
        {
            Dictionary<string, TensorFormat> taught = Formats(teacher.Transformer);
            need = sizes.Aggregate(need, (most, rows) => most.Or(teacher.Cost.TrainingScratch(rows, FrozenModel.Work, plan with { Backward = false }, name => taught[name], threads)));
        }

        return need.Bytes;
    }

    static Dictionary<string, TensorFormat> Formats(TransformerModel layers) =>
        layers.Weights.Where(weight => weight.Matrix is not null).ToDictionary(weight => weight.Name, weight => weight.Matrix!.Format);

    long OptimizerBytes()
    {
        if (run.Optimizer is not { } optimizer)
        {
            return Mezo.StateBytes;
        }

        return choice is null or { KeepsState: true } ? optimizer.FullStateBytes
            : Most(learns => optimizer.Parameters.Select((one, i) => learns(i) ? optimizer.StateOf(one).Sum(buffer => buffer.Bytes) : 0).Sum());
    }

    // One for each parameter, or one for each shape of a matrix, as the model holds them.
    long GradientBytes(Func<int, bool> learns)
    {
        IEnumerable<Parameter> learning = model.Parameters.Where((_, i) => learns(i));
        return (methods.ReleaseGradients ? learning.DistinctBy(one => ReleasedGradient.Slot(one.Name, one.Rows, one.Columns, one.IsMatrix)) : learning)
            .Sum(one => one.IsMatrix ? PackedMatrix.ZerosBytes(one.Rows, one.Columns) : one.Columns * sizeof(float));
    }

    // Of a blockwise method, the most that any of the first turns holds.
    long Most(Func<Func<int, bool>, long> bytes) => choice is null ? bytes(_ => true)
        : Enumerable.Range(0, choice.Units * Rounds).Select(turn => (long)turn * methods.Blockwise!.Interval).Where(step => step < run.Recipe.Steps)
            .Max(step => bytes(i => choice.Trains(i, step)));

    /// <summary>Bytes of a step's activations.</summary>
    public static long Activations(TrainableModel model, TrainingMethods methods, int rows) =>
        model.Cost.TrainingActivationBytes(rows, PlanOf(model, methods, Work(model, methods, _ => true))) + model.DeltaBytes(rows);

    static TrainingPlan PlanOf(TrainableModel model, TrainingMethods methods, TrainingWork work) => new()
    {
        Checkpointing = methods.Checkpointing,
        FirstBlock = model.Cost.FirstBlock(work),
        Backward = methods.Mezo is null,
    };

    static IEnumerable<int> Lengths(TrainingBatch batch)
    {
        foreach (RowRange document in batch.Documents.ToArray())
        {
            yield return document.Count;
        }
    }

    static TrainingWork Work(TrainableModel model, TrainingMethods methods, Func<int, bool> learns)
    {
        HashSet<string> learned = [.. model.Parameters.Where((_, i) => learns(i)).Select(parameter => parameter.Name)];
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
}
