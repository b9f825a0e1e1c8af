using Shoestring.Models;
using Shoestring.Tensors;

namespace Shoestring.Training;

/// <summary>
/// A model that can learn: the layers that inference runs, gradients for the weights that are to change, and the memory of a step. Its
/// results are bitwise the same for any number of threads.
/// </summary>
public sealed class TrainableModel : IDisposable
{
    readonly ModelOrigin origin;
    readonly IReadOnlyDictionary<string, byte[]> others;
    readonly TransformerModel transformer;
    readonly GradientStore gradients;
    readonly DeltaMemory? deltas;
    readonly LowRankOptions? lowRank;
    readonly WeightRounding? rounding;
    readonly WorkerPool pool;
    readonly Batch rows = new();
    readonly int[] hidden;
    readonly int firstBlock;
    int reach;
    TrainingMemory? memory;
    Step? learning;
    Step? looking;

    TrainableModel(ModelOrigin origin, WorkerPool pool, TrainableOptions options)
    {
        this.origin = options.Biases is { } biases ? AddedBiases.To(origin, biases) : origin;
        (this.pool, lowRank) = (pool, options.LowRank);
        (transformer, others) = ModelParts.Load(this.origin, pool, options, Memory);
        Operations = new Operations(pool, Memory);
        deltas = TrainedDeltas.Attach(transformer, options, Operations, Memory);
        Operations.Counters.Reset();
        HashSet<string> ofDeltas = TrainedDeltas.Names(transformer);
        NamedWeight[] learned = [.. transformer.Weights.Where(weight => options.IsLearning(weight.Name) || ofDeltas.Contains(weight.Name))];
        if (learned.Length == 0)
        {
            throw new InputException("none of the model's weights learns", origin.Weights.Path, "choose at least one: token_embd.weight, blk.0.attn_q.weight…");
        }
        firstBlock = reach = ModelParts.FirstBlock(learned.Select(weight => weight.Name), Configuration);
        rounding = options.Rounding is { } format ? new WeightRounding(learned.Where(weight => options.IsLearning(weight.Name)), format, pool, Memory) : null;
        gradients = new GradientStore(learned, options.ReleaseGradients, Memory, rounding);
        Tokenizer = Tokenizer.Create(origin.Vocabulary);
        Cost = new CostModel(Configuration);
        hidden = new int[transformer.VirtualRows];
        if (options.Virtual is { } before)
        {
            Begin(before.Seed);
        }
        rounding?.Apply();
    }

    // Learned rows begin as what real tokens have in their place: the first of a text, then any.
    void Begin(ulong seed)
    {
        int[] tokens = [.. hidden.Select((_, i) => i == 0 && Tokenizer.Bos is { } bos ? bos : (int)(CounterRandom.Uniform(seed, 0, (ulong)i) * origin.Vocabulary.Pieces.Count))];
        LearnedRows[] learned = [.. TrainedDeltas.Rows(transformer)];
        Array.ForEach(learned, one => one.IsRecording = true);
        rows.Clear();
        rows.AddDocument(tokens.AsSpan(0, 1), tokens);
        Plan(rows.Rows, new TrainingPlan { Backward = false });
        transformer.Loss(looking!, new LossRows(new int[rows.Rows], new float[rows.Rows], 1));
        Array.ForEach(learned, one => one.IsRecording = false);
        memory!.Dispose();
        (memory, looking) = (null, null);
        Operations.Counters.Reset();
    }

    /// <summary>Learned rows before every document, which a step has in addition.</summary>
    public int VirtualRows => hidden.Length;

    /// <summary>Reads a model: a .gguf, a Hugging Face folder or a llama2.c .bin.</summary>
    /// <exception cref="InputException">The file is missing, damaged or not handled, or nothing of it would learn.</exception>
    public static TrainableModel Load(string path, WorkerPool pool, TrainableOptions? options = null)
    {
        using ModelFile file = ModelFiles.Open(path);
        return Load(file, pool, options);
    }

    /// <summary>Reads a model from an open file, which may be closed afterwards.</summary>
    /// <exception cref="InputException">The file is damaged or not handled, or nothing of it would learn.</exception>
    public static TrainableModel Load(ModelFile file, WorkerPool pool, TrainableOptions? options = null)
    {
        ModelOrigin origin = ModelOrigin.Of(file);
        options ??= new TrainableOptions();
        if (options.Growth is not { } growth)
        {
            return new TrainableModel(origin, pool, options);
        }
        GrowthPlan plan = new(origin.Configuration, growth);
        return new TrainableModel(plan.Apply(origin), pool, growth.OnlyNewLearn ? options with { Learns = plan.IsOfNewBlock } : options);
    }

    /// <summary>A model with random weights.</summary>
    /// <param name="configuration">What it is; the embedding may have more rows than the vocabulary has pieces.</param>
    /// <param name="vocabulary">Its vocabulary.</param>
    /// <param name="seed">What the weights are drawn from.</param>
    /// <param name="pool">The threads.</param>
    /// <param name="options">What learns; everything, if it is not said.</param>
    /// <exception cref="InputException">The vocabulary does not fit, or GGUF cannot say what it does.</exception>
    public static TrainableModel Create(ModelConfiguration configuration, Vocabulary vocabulary, ulong seed, WorkerPool pool, TrainableOptions? options = null) =>
        new(ModelOrigin.Of(configuration, vocabulary, seed), pool, options ?? new TrainableOptions());

    /// <summary>Its hyperparameters.</summary>
    public ModelConfiguration Configuration => origin.Configuration;

    /// <summary>Its vocabulary.</summary>
    public Vocabulary Vocabulary => origin.Vocabulary;

    /// <summary>Text to tokens and back.</summary>
    public Tokenizer Tokenizer { get; }

    /// <summary>What it costs.</summary>
    public CostModel Cost { get; }

    /// <summary>Counts its memory, that of gradients and activations too.</summary>
    public MemoryAccount Memory { get; } = new();

    /// <summary>Where it computes, with counters of what it did; optimizers may use it between steps and from within a sink.</summary>
    public Operations Operations { get; }

    /// <summary>The weights that learn, in the order of the forward pass.</summary>
    public IReadOnlyList<Parameter> Parameters => gradients.Parameters;

    /// <summary>Passes of forward and backward so far, by which compressed activations are rounded; set when a run goes on.</summary>
    public long Passes { get; set; }

    /// <summary>The layers.</summary>
    public TransformerModel Transformer => transformer;

    /// <summary>One forward and backward pass. Gradients are added to what is there, unless they are released.</summary>
    /// <param name="batch">The documents.</param>
    /// <param name="options">How it is made.</param>
    /// <returns>The loss before any change, Σ weight · −log p(target), with a teacher mixed as it is said, not scaled.</returns>
    /// <exception cref="InputException">A document is longer than the positions that the model has learned, or activations are to be compressed and computed again at once.</exception>
    public double Step(TrainingBatch batch, StepOptions options)
    {
        Fill(batch);
        Round(always: true);
        gradients.Allocate();
        if (memory is null || memory.Rows < rows.Rows || !Serves(memory.Plan, options))
        {
            Plan(Math.Max(rows.Rows, memory?.Rows ?? 0), PlanOf(options));
        }
        memory!.Reach = reach;
        gradients.Finished = options.Finished;
        memory.Pass = Passes++;
        LossRows said = Targets(batch, options.Scale);
        if (options.Distillation is not { IsHeard: true } teacher)
        {
            return transformer.Loss(learning!, said);
        }
        teacher.Begin(rows, memory.Rows, options.LogitBytes);
        return transformer.Loss(learning!, said, teacher);
    }

    /// <summary>A forward pass alone: Σ weight · −log p(target). Where no step was made yet, it takes no more memory than inference does.</summary>
    /// <inheritdoc cref="Step" path="/exception"/>
    public double Evaluate(TrainingBatch batch) => transformer.Loss(Look(batch), Targets(batch, 1));

    /// <summary>The same document by document.</summary>
    /// <param name="batch">The documents.</param>
    /// <param name="losses">Their losses are added to its end. <c>[document]</c></param>
    /// <inheritdoc cref="Step" path="/exception"/>
    public void Evaluate(TrainingBatch batch, List<double> losses)
    {
        DocumentLosses apart = new([.. batch.Documents.ToArray().Select((document, i) =>
            new RowRange(document.First + (i * hidden.Length), document.Count + hidden.Length))]);
        transformer.Loss(Look(batch), Targets(batch, 1), apart);
        losses.AddRange(apart.Losses);
    }

    /// <summary>A step over a batch that is only looked at.</summary>
    /// <inheritdoc cref="Step" path="/exception"/>
    internal Step Look(TrainingBatch batch)
    {
        Fill(batch);
        Round(always: false);
        if (memory is null || memory.Rows < rows.Rows)
        {
            Plan(rows.Rows, memory?.Plan ?? new TrainingPlan { Backward = false });
        }
        return looking!;
    }

    // Virtual rows predict nothing.
    LossRows Targets(TrainingBatch batch, float scale)
    {
        if (hidden.Length == 0)
        {
            return new LossRows(batch.Targets, batch.Weights, scale);
        }
        int[] targets = new int[rows.Rows];
        float[] weights = new float[rows.Rows];
        for (int i = 0; i < batch.Documents.Length; i++)
        {
            RowRange document = batch.Documents[i];
            int first = document.First + ((i + 1) * hidden.Length);
            batch.Targets.Slice(document.First, document.Count).CopyTo(targets.AsSpan(first));
            batch.Weights.Slice(document.First, document.Count).CopyTo(weights.AsSpan(first));
        }
        return new LossRows(targets, weights, scale);
    }

    /// <summary>Bytes of activations that a step of so many rows takes, or, without options, an evaluation before any step.</summary>
    public long ActivationBytes(int rows, StepOptions? options) =>
        Cost.TrainingActivationBytes(rows, options is null ? new TrainingPlan { Backward = false } : PlanOf(options)) + DeltaBytes(rows)
        + (options?.Distillation?.ActivationBytes(rows, options.LogitBytes) ?? 0);

    /// <summary>Bytes that an adapter computes with in a step of so many rows.</summary>
    public long DeltaBytes(int rows) => deltas is null ? 0 : DeltaMemory.Predict(rows, deltas.Rank, deltas.Width);

    /// <summary>What an adapter has learned, to be saved apart from the model; null where none is trained.</summary>
    public Adapter? Adapter => TrainedDeltas.Read(transformer, lowRank);

    static bool Serves(TrainingPlan plan, StepOptions options) => plan.Backward && plan.Checkpointing == options.Checkpointing && plan.Compression == options.Compression && plan.LogitBytes == options.LogitBytes;

    TrainingPlan PlanOf(StepOptions options) => new() { Checkpointing = options.Checkpointing, Compression = options.Compression, FirstBlock = firstBlock, LogitBytes = options.LogitBytes };

    /// <summary>
    /// Lets only some parameters learn from now on: gradients of the others are given back, and the backward pass goes no further down than
    /// to the lowest of them.
    /// </summary>
    /// <param name="learns">Whether a parameter learns, by its place in <see cref="Parameters"/>.</param>
    /// <exception cref="ArgumentException">None does.</exception>
    public void Choose(Func<int, bool> learns)
    {
        string[] names = [.. Parameters.Where((_, i) => learns(i)).Select(parameter => parameter.Name)];
        if (names.Length == 0)
        {
            throw new ArgumentException("none of the parameters learns", nameof(learns));
        }
        gradients.Choose(learns);
        reach = ModelParts.FirstBlock(names, Configuration);
    }

    /// <summary>Sets all gradients to zero.</summary>
    public void ClearGradients() => gradients.Clear();

    /// <summary>Writes the model as GGUF, an adapter merged into its layers.</summary>
    /// <param name="path">Where to.</param>
    /// <param name="format">The format of matrices, or null for the one that they are rounded to, or else each one's in the file that the model came from; vectors stay as they were.</param>
    /// <param name="setup">What was done to it, as its file is to carry it (<see cref="LanguageModel.SetupKey"/>), or null to leave what is there.</param>
    /// <exception cref="InputException">The format cannot be written, does not fit a matrix, or the disk is full.</exception>
    public void Save(string path, TensorFormat? format = null, string? setup = null) => new ModelWriter(origin, transformer, others, rounding).Write(path, format ?? rounding?.Format, setup);

    // Before a step in any case; between evaluations only if somebody has had their hands on the weights.
    void Round(bool always)
    {
        if (rounding is null || !(always || gradients.Parameters.Any(parameter => parameter.IsTouched)))
        {
            return;
        }
        rounding.Apply();
        foreach (Parameter parameter in gradients.Parameters)
        {
            parameter.IsTouched = false;
        }
    }

    void Fill(TrainingBatch batch)
    {
        rows.Clear();
        foreach (RowRange document in batch.Documents)
        {
            int most = Configuration.ContextLength - hidden.Length;
            if (Configuration.Rotary is null && document.Count > most)
            {
                throw new InputException($"a document has {document.Count} tokens, and the model has learned {Configuration.ContextLength} positions{(hidden.Length > 0 ? $", {hidden.Length} of them before each text" : "")}", "training data", $"cut documents to {most} tokens");
            }
            rows.AddDocument(batch.Tokens.Slice(document.First, document.Count), hidden);
        }
    }

    void Plan(int count, TrainingPlan plan)
    {
        memory?.Dispose();
        memory = new TrainingMemory(Configuration, count, plan, Memory, pool);
        looking = new Step(Operations, rows, memory);
        learning = plan.Backward ? looking with { Gradients = gradients } : null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        memory?.Dispose();
        deltas?.Dispose();
        gradients.Dispose();
        rounding?.Dispose();
        Operations.Dispose();
        transformer.Dispose();
    }
}
