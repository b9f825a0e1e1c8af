using Shoestring.Tensors;

namespace Shoestring.Training;

/// <summary>
/// Trains a model step by step. It counts and tells; it neither measures time nor writes files of its own accord: evaluation and checkpoints are
/// callbacks. What it does is a function of options, data and <see cref="State"/>, so that a run that goes on from a checkpoint
/// ends with the same bits as one that was never stopped.
/// </summary>
public sealed class Trainer
{
    readonly ITrainedModel model;
    readonly Optimizer? optimizer;
    readonly BatchStream data;
    readonly TrainerOptions options;
    readonly TrainingBatch batch = new();
    readonly GradientNorm norm;
    readonly BlockChoice? blocks;
    readonly Mezo? mezo;
    readonly GradientSink release, measure;
    readonly double[] squares;
    double rate, factor;

    /// <summary>A run at its beginning; set <see cref="State"/> to go on.</summary>
    /// <param name="model">What is trained.</param>
    /// <param name="optimizer">What changes weights by gradients; null for MeZO, which has none.</param>
    /// <param name="data">The batches.</param>
    /// <param name="options">How.</param>
    /// <param name="pool">The threads.</param>
    /// <exception cref="InputException">The options do not go together.</exception>
    public Trainer(ITrainedModel model, Optimizer? optimizer, BatchStream data, TrainerOptions options, WorkerPool pool)
    {
        options.Check();
        if ((optimizer is null) != (options.Mezo is not null))
        {
            throw new ArgumentException("an optimizer, or MeZO", nameof(optimizer));
        }

        (this.model, this.optimizer, this.data, this.options) = (model, optimizer, data, options);
        norm = new GradientNorm(pool);
        (release, measure, squares) = (Release, Measure, new double[model.Parameters.Count]);
        blocks = options.Blockwise is { } blockwise ? new BlockChoice(blockwise, [.. model.Parameters.Select(one => one.Name)], options.Seed) : null;
        mezo = options.Mezo is { } how ? new Mezo(model.Parameters, model.Weights, how, options.Seed, pool) : null;
    }

    /// <summary>Where it stands; setting it moves the data too.</summary>
    public TrainerState State
    {
        get;
        set
        {
            field = value;
            data.Position = new DataPosition(value.Epoch, value.Batch);
        }
    } = new();

    /// <summary>Goes on where a checkpoint was made.</summary>
    /// <exception cref="InputException">It is of another run, or damaged.</exception>
    public void Resume(TrainingCheckpoint checkpoint, string path)
    {
        (TrainerState state, TrainingHistory history) = checkpoint.Load(path);
        try
        {
            State = state;
        }
        catch (ArgumentOutOfRangeException fault)
        {
            throw new ModelFileException($"its data position, batch {state.Batch} of epoch {state.Epoch}, is not in the text", path, "the file is damaged: train again", fault);
        }

        History.Losses.AddRange(history.Losses);
        History.HeldOut.AddRange(history.HeldOut);
        (History.FirstTexts, History.BestTexts, History.LastTexts) = (history.FirstTexts, history.BestTexts, history.LastTexts);
    }

    /// <summary>What it has seen.</summary>
    public TrainingHistory History { get; init; } = new();

    /// <summary>Told of every step.</summary>
    public IProgress<TrainingProgress>? Progress { get; init; }

    /// <summary>Mean loss of a token on held-out text, or null where there is none.</summary>
    public Func<double>? Evaluate { get; init; }

    /// <summary>Keeps the state of the run; called between steps.</summary>
    public Action? Checkpoint { get; init; }

    /// <summary>
    /// Keeps the weights, where a run may stop early: called when held-out text was predicted better than ever, before the first step too. What it
    /// kept last is what the run is for.
    /// </summary>
    public Action? Best { get; init; }

    /// <summary>Trains to the end, or until it is asked to stop. A checkpoint is made in either case.</summary>
    /// <exception cref="TrainingDivergedException">The run is lost. The last checkpoint is from before.</exception>
    public TrainingEnd Run(CancellationToken cancellation = default)
    {
        TrainingEnd end = TrainingEnd.Done;
        if (State.Step == 0 && Evaluate is not null && History.HeldOut.Count == 0)
        {
            Judge();
        }

        Begin(State.Step);
        while (State.Step < options.Steps && end == TrainingEnd.Done)
        {
            if (cancellation.IsCancellationRequested)
            {
                end = TrainingEnd.Interrupted;
                break;
            }

            TrainingProgress seen = Step();
            end = Look(ref seen);
            Progress?.Report(seen);
            if (State.Step < options.Steps && end == TrainingEnd.Done && options.CheckpointEvery > 0 && State.Step % options.CheckpointEvery == 0)
            {
                Checkpoint?.Invoke();
            }
        }

        Checkpoint?.Invoke();
        return end;
    }

    /// <summary>One update.</summary>
    public TrainingProgress Step()
    {
        long step = State.Step;
        if (blocks?.ChangesAt(step) == true)
        {
            Begin(step);
        }

        rate = options.LearningRate * options.Schedule.Factor(blocks?.ScheduleStep(step) ?? step, options.Steps);
        (double loss, double? size, int rows) = mezo is not null ? ByDifference(mezo, step) : ByGradient();
        TrainerState after = LossWatch.See(State, loss, options.DivergenceFactor);
        DataPosition position = data.Position;
        long tokens = State.Tokens + rows;
        State = after with { Step = step + 1, Tokens = tokens, Epoch = position.Epoch, Batch = position.Batch };
        History.Losses.Add(loss);
        return new TrainingProgress(step + 1, options.Steps, loss, rate, size, tokens);
    }

    // Says which parameters learn in the steps to come.
    void Begin(long step)
    {
        if (blocks is null)
        {
            return;
        }

        // State first: what is given back makes room for the gradients to come.
        if (!blocks.KeepsState)
        {
            optimizer!.KeepOnly(index => blocks.Trains(index, step));
        }

        model.Choose(index => blocks.Trains(index, step));
    }

    (double Loss, double? Slope, int Rows) ByDifference(Mezo method, long step)
    {
        NextBatch();
        MezoResult result = method.Step(step, rate, () => model.Loss(batch) / batch.TotalWeight);
        return (result.Loss, result.ProjectedGradient, batch.Rows);
    }

    (double Loss, double? Norm, int Rows) ByGradient() => options.ReleaseGradients ? ByReleasedGradients() : ByKeptGradients();

    (double Loss, double? Norm, int Rows) ByKeptGradients()
    {
        double loss = 0, total = 0;
        int rows = 0;
        model.ClearGradients();
        for (int i = 0; i < options.Accumulation; i++)
        {
            NextBatch();
            loss += model.Accumulate(batch, null);
            total += batch.TotalWeight;
            rows += batch.Rows;
        }

        return (loss / total, Apply(total), rows);
    }

    // To be clipped, gradients are made twice: the norm of all of them is known when the last one is gone (LOMO, arXiv 2306.09782, §3.3).
    (double Loss, double? Norm, int Rows) ByReleasedGradients()
    {
        NextBatch();
        double? size = null;
        factor = 1 / batch.TotalWeight;
        if (options.ClipNorm > 0)
        {
            Array.Clear(squares);
            model.Accumulate(batch, measure);
            size = Math.Sqrt(Sum(squares)) / batch.TotalWeight;
            factor = GradientNorm.ClipFactor(size.Value, options.ClipNorm) / batch.TotalWeight;
        }

        return (model.Accumulate(batch, release) / batch.TotalWeight, size, batch.Rows);
    }

    double Apply(double total)
    {
        for (int i = 0; i < squares.Length; i++)
        {
            squares[i] = Learns(i) ? norm.SumOfSquares(model.Gradient(i)) : 0;
        }

        int wrong = Array.FindIndex(squares, part => !double.IsFinite(part));
        if (wrong >= 0)
        {
            throw NotFinite(wrong);
        }

        double size = Math.Sqrt(Sum(squares)) / total;
        double share = GradientNorm.ClipFactor(size, options.ClipNorm) / total;
        for (int i = 0; i < squares.Length; i++)
        {
            if (Learns(i))
            {
                optimizer!.Update(i, new ParameterUpdate(model.Weights(i), model.Gradient(i), rate, share));
            }
        }

        return size;
    }

    // In the order of the parameters, whatever order they were finished in: the same bits whether gradients are kept or released.
    static double Sum(double[] parts)
    {
        double sum = 0;
        foreach (double part in parts)
        {
            sum += part;
        }

        return sum;
    }

    void Measure(int parameter, FlatValues gradient)
    {
        squares[parameter] = norm.SumOfSquares(gradient);
        if (!double.IsFinite(squares[parameter]))
        {
            throw NotFinite(parameter);
        }
    }

    // A gradient that is not finite would spoil the weights for good, and its parameter is known here.
    void Release(int parameter, FlatValues gradient)
    {
        if (!double.IsFinite(norm.SumOfSquares(gradient)))
        {
            throw NotFinite(parameter);
        }

        optimizer!.Update(parameter, new ParameterUpdate(model.Weights(parameter), gradient, rate, factor));
    }

    TrainingDivergedException NotFinite(int parameter) => new(State.Step + 1, model.Parameters[parameter].Name, "a gradient is not finite");

    bool Learns(int parameter) => blocks?.Trains(parameter, State.Step) ?? true;

    // Batches in which nothing is learned, as prompts without answers, are passed over.
    void NextBatch()
    {
        int epoch = data.Position.Epoch;
        do
        {
            data.Next(batch, options.LongestAt(State.Step));
            if (data.Position.Epoch > epoch + 1)
            {
                throw new InputException("no token of the text is to be learned", "training data", "give answers to learn from");
            }
        }
        while (batch.TotalWeight <= 0);
    }

    TrainingEnd Look(ref TrainingProgress seen)
    {
        bool due = State.Step == options.Steps || (options.EvaluateEvery > 0 && State.Step % options.EvaluateEvery == 0);
        if (!due || Evaluate is null)
        {
            return TrainingEnd.Done;
        }

        seen = seen with { HeldOutLoss = Judge() };
        return options.Patience > 0 && State.EvaluationsSinceBest >= options.Patience ? TrainingEnd.StoppedEarly : TrainingEnd.Done;
    }

    double Judge()
    {
        double loss = Evaluate!();
        History.HeldOut.Add(new HeldOutLoss(State.Step, loss));
        if (State.BestHeldOut is { } best && loss >= best)
        {
            State = State with { EvaluationsSinceBest = State.EvaluationsSinceBest + 1 };
            return loss;
        }

        State = State with { BestHeldOut = loss, BestStep = State.Step, EvaluationsSinceBest = 0 };
        History.BestTexts = History.LastTexts;
        if (options.Patience > 0)
        {
            Best?.Invoke();
        }

        return loss;
    }
}
