using Shoestring.Models;
using Shoestring.Tensors;

namespace Shoestring.Training;

/// <summary>A run with all its parts, from its recipe to a trainer that is ready for the first step.</summary>
public sealed class PreparedRun : IDisposable
{
    readonly TrainingText text;
    readonly BatchOptions batches;
    readonly PreparedData data;
    readonly Distillation? distillation;
    readonly TrainingBatch batch = new();
    readonly int threads;
    double[] textWeights = [];

    PreparedRun(TrainingRecipe recipe, TrainingMethods methods, TrainableModel model, TrainingText text, WorkerPool pool, string identity)
    {
        (Recipe, Methods, Model, this.text, threads) = (recipe, methods, model, text, pool.Threads);
        batches = new BatchOptions { Context = recipe.Context, Rows = recipe.BatchRows, Seed = recipe.Seed, OrderedEpochs = methods.Data.Curriculum is null ? 0 : 1 };
        ExampleScores scores = new(text.Store, model, recipe.BatchRows, new StepOptions { Checkpointing = methods.Checkpointing }, pool);
        data = new DataPreparation(text.Store, model.Tokenizer, methods.Data, batches, scores).Run(text.Split.Training);
        distillation = methods.Distillation is { } how ? Distillation.Open(how, model, pool) : null;
        Mask = methods.ChildTuning is { } child ? MaskChooser.Choose(model, child, new BatchStream(text.Store, text.Split.Training, batches with { Rows = recipe.Context })) : null;
        Preparation = PreparationWork.Of(model, Math.Max(data.ScoredRows, Mask is null ? 0 : recipe.Context));
        Trainee = new ModelTrainee(model, methods.Checkpointing, distillation) { Mask = Mask };
        Optimizer = methods.Optimizer?.Create(Trainee.Parameters, recipe.Seed, pool, model.Memory);
        Options = OptionsOf(recipe, methods);
        Trainer = new Trainer(Trainee, Optimizer, Batches, Options, pool)
        {
            Evaluate = text.Split.HeldOut.Count > 0 ? Judge : null,
            Progress = new Forward(seen => Progress?.Report(seen)),
            Checkpoint = () => Checkpoint?.Invoke(),
            Best = () => Best?.Invoke(),
        };
        File = new TrainingCheckpoint(Trainee, Optimizer, identity);
    }

    /// <summary>What was asked for.</summary>
    public TrainingRecipe Recipe { get; }

    /// <summary>Its methods.</summary>
    public TrainingMethods Methods { get; }

    /// <summary>Which weights change, or null for all that learn.</summary>
    public GradientMask? Mask { get; }

    /// <summary>How it is trained.</summary>
    public TrainerOptions Options { get; }

    /// <summary>The model.</summary>
    public TrainableModel Model { get; }

    /// <summary>The optimizer, or null for MeZO.</summary>
    public Optimizer? Optimizer { get; }

    /// <summary>The trainer.</summary>
    public Trainer Trainer { get; }

    /// <summary>Writes and reads its checkpoints.</summary>
    public TrainingCheckpoint File { get; }

    /// <summary>Told of every step.</summary>
    public IProgress<TrainingProgress>? Progress { get; set; }

    /// <summary>Called when a checkpoint is due.</summary>
    public Action? Checkpoint { get; set; }

    /// <summary>What methods did to the training text.</summary>
    public IReadOnlyList<DataStep> DataSteps => data.Steps;

    /// <summary>The teacher, or null.</summary>
    internal Distillation? Distillation => distillation;

    /// <summary>What was computed before the first step.</summary>
    internal PreparationWork Preparation { get; }

    /// <inheritdoc cref="Trainer.Best"/>
    public Action? Best { get; set; }

    /// <summary>Whether what is left is the model of the best held-out loss: that of a run that may stop early.</summary>
    public bool KeepsBest => Recipe.Patience > 0 && Trainer.State.BestHeldOut is not null;

    /// <summary>The held-out loss of the model that is left, or null where nothing is held out.</summary>
    public double? KeptHeldOutLoss => KeepsBest ? Trainer.State.BestHeldOut : Trainer.History.HeldOut.Count > 0 ? Trainer.History.HeldOut[^1].Loss : null;

    /// <summary>How far the model that is left predicts held-out text better than the one that it began as, or null where that is not known.</summary>
    public HeldOutDrop? Drop =>
        HeldOutDrop.Of(Trainer.History.FirstTexts, KeepsBest ? Trainer.History.BestTexts : Trainer.History.LastTexts, textWeights);

    /// <summary>Tokens to train on, of an epoch.</summary>
    public long TrainingTokens => data.Training.Sum(slice => (long)slice.Count);

    /// <summary>Tokens held out.</summary>
    public long HeldOutTokens => text.Split.HeldOut.Sum(slice => (long)slice.Count);

    /// <summary>Records that were passed over.</summary>
    public BadRecords Bad => text.Bad;

    ModelTrainee Trainee { get; }

    /// <summary>Reads data and model.</summary>
    /// <param name="recipe">What is asked for.</param>
    /// <param name="methods">What its methods come to.</param>
    /// <param name="start">The opened start model, or null for a new one.</param>
    /// <param name="identity">What makes it this run and no other: a hash of recipe, data and start model.</param>
    /// <param name="pool">The threads.</param>
    /// <exception cref="InputException">Recipe, data or model are wrong.</exception>
    public static PreparedRun Prepare(TrainingRecipe recipe, TrainingMethods methods, ModelFile? start, string identity, WorkerPool pool)
    {
        methods = methods.Checked();
        OptionsOf(recipe, methods).Check();
        MethodChecks.Check(methods, start is not null);
        if (recipe.Context < 1 || recipe.BatchRows < recipe.Context)
        {
            throw new InputException($"a batch of {recipe.BatchRows} rows has no room for a context of {recipe.Context}", "batch rows", "give at least one context");
        }

        TrainableOptions options = methods.Trainable;
        TrainableModel model = start is not null ? TrainableModel.Load(start, pool, options) : New(recipe, options, pool);
        try
        {
            return new PreparedRun(recipe, methods, model, TrainingText.Read(recipe.Data, model.Tokenizer, recipe.Seed, model.Memory), pool, identity);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    static TrainableModel New(TrainingRecipe recipe, TrainableOptions options, WorkerPool pool)
    {
        Vocabulary vocabulary = recipe.Vocabulary.From is { } from ? VocabularyOf(from) : TrainingText.Vocabulary(recipe.Data, recipe.Vocabulary.Size);
        ModelShape shape = recipe.Model ?? throw new InputException("there is neither a start model nor the shape of a new one", "recipe", "give \"start\" or \"model\"");
        return TrainableModel.Create(shape.Configuration(vocabulary.Pieces.Count, recipe.Context), vocabulary, recipe.Seed, pool, options);
    }

    static Vocabulary VocabularyOf(string path)
    {
        using ModelFile file = ModelFiles.Open(path);
        return TokenizerFiles.ReadVocabulary(file);
    }

    static TrainerOptions OptionsOf(TrainingRecipe recipe, TrainingMethods methods) => new()
    {
        Steps = recipe.Steps,
        LearningRate = recipe.LearningRate ?? methods.UsualLearningRate,
        Schedule = new LearningRateSchedule { Kind = LearningRateSchedule.Parse(recipe.Schedule), Warmup = recipe.Warmup, Lowest = recipe.LowestRate },
        ClipNorm = recipe.ClipNorm ?? methods.ClipNorm ?? (methods.ReleaseGradients || methods.Mezo is not null ? 0 : 1),
        Accumulation = recipe.Accumulation,
        ReleaseGradients = methods.ReleaseGradients,
        Blockwise = methods.Blockwise,
        Mezo = methods.Mezo,
        Lengths = methods.Data.LengthWarmup is { } lengths ? new Pacing(lengths.Start, recipe.Context, Math.Max(1, (long)(lengths.Share * recipe.Steps))) : null,
        EvaluateEvery = recipe.EvaluateEvery,
        Patience = recipe.Patience,
        CheckpointEvery = recipe.CheckpointEvery,
        Seed = recipe.Seed,
    };

    /// <summary>A stream of the run's batches from their beginning, beside the trainer's own.</summary>
    public BatchStream Batches => new(text.Store, data.Training, batches, RunObjective.Of(Methods.Data, Model.Tokenizer));

    /// <summary>What the run will hold and compute.</summary>
    public TrainingForecast Forecast() =>
        Forecaster.Of(this, Batches, [.. HeldOutDocuments()], text.Store.HeldBytes, threads);

    /// <summary>Bytes of activations if the backward pass computed this much again.</summary>
    public long ActivationBytes(Checkpointing checkpointing) => Forecaster.Activations(Model, Methods with { Checkpointing = checkpointing }, Recipe.BatchRows);

    /// <summary>Mean loss of a held-out token, each predicted once.</summary>
    public double HeldOutLoss() => TextLosses().Sum() / textWeights.Sum();

    // What the trainer asks for: kept text by text, so that the difference has an interval.
    double Judge()
    {
        double[] losses = TextLosses();
        TrainingHistory history = Trainer.History;
        history.LastTexts = losses;
        if (Trainer.State.Step == 0)
        {
            history.FirstTexts = losses;
        }
        return losses.Sum() / textWeights.Sum();
    }

    double[] TextLosses()
    {
        var losses = new List<double>();
        var weights = new List<double>();
        BatchStream stream = HeldOut();
        for (int i = stream.Batches; i > 0; i--)
        {
            stream.Next(batch);
            Model.Evaluate(batch, losses);
            foreach (RowRange document in batch.Documents)
            {
                double weight = 0;
                foreach (float one in batch.Weights.Slice(document.First, document.Count))
                {
                    weight += one;
                }
                weights.Add(weight);
            }
        }

        textWeights = [.. weights];
        return [.. losses];
    }

    BatchStream HeldOut() => new(text.Store, text.Split.HeldOut, batches with { Shuffle = false }, RunObjective.HeldOut(Methods.Data, Model.Tokenizer));

    IEnumerable<int[]> HeldOutDocuments()
    {
        if (text.Split.HeldOut.Count == 0)
        {
            yield break;
        }

        BatchStream stream = HeldOut();
        for (int i = stream.Batches; i > 0; i--)
        {
            stream.Next(batch);
            yield return [.. batch.Documents.ToArray().Select(document => document.Count)];
        }
    }

    /// <summary>Writes the model.</summary>
    /// <param name="path">Where to.</param>
    /// <param name="setup">What was done to it, as its file is to carry it, or null to leave what is there.</param>
    /// <exception cref="InputException">The format is not known or does not fit, or the disk is full.</exception>
    public void Save(string path, string? setup = null)
    {
        TensorFormat? format = Recipe.Format is { } name ? BlockFormats.Parse(name) : null;
        Model.Save(path, format, setup);
    }

    /// <summary>Writes what an adapter has learned, apart from the model.</summary>
    /// <param name="folder">Where to: adapter.gguf where llama.cpp has such adapters, adapter.safetensors of serial ones, else the folder adapter, as PEFT has them.</param>
    /// <param name="peft">Whether the folder is wanted in any case.</param>
    /// <returns>What was written.</returns>
    /// <exception cref="InputException">The model has no adapter, or the disk is full.</exception>
    public IReadOnlyList<string> SaveAdapter(string folder, bool peft)
    {
        Adapter adapter = Model.Adapter ?? throw new InputException("no adapter was trained", folder, "write the model");
        List<string> written = [];
        if (GgufAdapter.CanWrite(adapter))
        {
            written.Add(Path.Combine(folder, "adapter.gguf"));
            GgufAdapter.Write(written[^1], adapter, Model.Configuration);
        }

        if (adapter.Parts.All(part => part is SerialPart))
        {
            written.Add(Path.Combine(folder, "adapter.safetensors"));
            SerialAdapterFile.Write(written[^1], adapter);
        }
        else if (peft || written.Count == 0)
        {
            written.Add(Path.Combine(folder, "adapter"));
            PeftFolder.Write(written[^1], adapter, Model.Configuration);
        }

        return written;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Optimizer?.Dispose();
        distillation?.Dispose();
        text.Dispose();
        Model.Dispose();
    }

    sealed class Forward(Action<TrainingProgress> report) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => report(value);
    }
}
