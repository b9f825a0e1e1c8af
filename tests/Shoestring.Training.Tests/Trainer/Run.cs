using Shoestring.Tensors;

namespace Shoestring.Training.Tests;

/// <summary>A run of the toy model, from its data to its trainer.</summary>
sealed class Run : IDisposable
{
    readonly TokenStore store;
    readonly WorkerPool pool = new(2);

    public Run(TrainerOptions options, OptimizerOptions? optimizer = null, bool learns = true)
    {
        store = new TokenStore(Account);
        for (int i = 0; i < 23; i++)
        {
            int[] tokens = [.. Enumerable.Range(0, 5 + (i % 4)).Select(j => ((i * 31) + (j * 17)) % 100)];
            store.Add(tokens, [.. tokens.Select(_ => learns)]);
        }

        Model = new ToyModel(Account);
        Data = new BatchStream(store, store.Documents, new BatchOptions { Context = 8, Rows = 16, Seed = 3 });
        Optimizer = options.Mezo is null ? (optimizer ?? new AdamWOptions()).Create(Model.Parameters, options.Seed, pool, Account) : null;
        Trainer = new Trainer(Model, Optimizer, Data, options, pool) { Progress = new Seen(Steps), Evaluate = () => HeldOut(Trainer!.State.Step), Checkpoint = () => Checkpoints++, Best = () => Best.Add(Trainer!.State.Step) };
        File = new TrainingCheckpoint(Model, Optimizer, "toy");
    }

    public MemoryAccount Account { get; } = new();

    public ToyModel Model { get; }

    public BatchStream Data { get; }

    public Optimizer? Optimizer { get; }

    public Trainer Trainer { get; private set; }

    public TrainingCheckpoint File { get; }

    public List<TrainingProgress> Steps { get; } = [];

    public int Checkpoints { get; private set; }

    /// <summary>The steps after which the best weights were to be kept.</summary>
    public List<long> Best { get; } = [];

    public Func<long, double> HeldOut { get; set; } = _ => 1;

    public TrainingEnd Train() => Trainer.Run();

    public void Save(string path) => File.Save(path, Trainer.State, Trainer.History);

    public void Resume(string path) => Trainer.Resume(File, path);

    public void Dispose()
    {
        Optimizer?.Dispose();
        Model.Dispose();
        store.Dispose();
        pool.Dispose();
    }

    sealed class Seen(List<TrainingProgress> steps) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => steps.Add(value);
    }
}
