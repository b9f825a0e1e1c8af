using Shoestring.Models;
using Shoestring.Tensors;

namespace Shoestring.Training;

/// <summary>
/// A model that is only looked at, as teachers and proxies are: inference's layers, its weights in whatever format its file has. It computes
/// with the operations of the model that learns, and its bytes are counted with that one's, so that a receipt has both.
/// </summary>
public sealed class FrozenModel : IDisposable
{
    readonly Operations operations;
    readonly MemoryAccount account;
    readonly WorkerPool pool;
    readonly Batch own = new();
    TrainingMemory? memory;
    Step? step;

    FrozenModel(ModelOrigin origin, string path, WorkerPool pool, Operations operations, MemoryAccount account)
    {
        (this.operations, this.account, this.pool, Path) = (operations, account, pool, path);
        (Configuration, Vocabulary, Cost) = (origin.Configuration, origin.Vocabulary, new CostModel(origin.Configuration));
        TensorReader reader = new(origin.Weights, pool, account);
        Transformer = TransformerModel.Load(Configuration, reader);
        reader.Close();
    }

    /// <summary>Reads a model: a .gguf, a Hugging Face folder or a llama2.c .bin.</summary>
    /// <param name="path">Where it is.</param>
    /// <param name="pool">The threads.</param>
    /// <param name="operations">What it computes with.</param>
    /// <param name="account">Who counts its memory.</param>
    /// <exception cref="InputException">The file is missing, damaged or not handled.</exception>
    public static FrozenModel Load(string path, WorkerPool pool, Operations operations, MemoryAccount account)
    {
        using ModelFile file = ModelFiles.Open(path);
        return new FrozenModel(ModelOrigin.Of(file), path, pool, operations, account);
    }

    /// <summary>Where it was read from.</summary>
    public string Path { get; }

    /// <summary>Its hyperparameters.</summary>
    public ModelConfiguration Configuration { get; }

    /// <summary>Its vocabulary.</summary>
    public Vocabulary Vocabulary { get; }

    /// <summary>What it costs.</summary>
    public CostModel Cost { get; }

    /// <summary>Its layers.</summary>
    public TransformerModel Transformer { get; }

    /// <summary>Bytes of activations that steps of so many rows take.</summary>
    public long ActivationBytes(int rows, long logitBytes) => Cost.TrainingActivationBytes(rows, Plan(logitBytes));

    /// <summary>FLOPs of a forward pass over documents.</summary>
    /// <param name="documents">Rows of each.</param>
    public long ForwardFlops(ReadOnlySpan<int> documents) => Cost.TrainingFlops(documents, Work).Forward;

    /// <summary>What it does, as cost formulas see it: nothing learns.</summary>
    internal static TrainingWork Work { get; } = new(_ => false);

    /// <summary>A step over documents.</summary>
    /// <param name="rows">The documents.</param>
    /// <param name="most">Rows to have memory for.</param>
    /// <param name="logitBytes">Most bytes of logits at once.</param>
    /// <exception cref="InputException">A document is longer than the positions that the model has learned.</exception>
    internal Step Look(Batch rows, int most, long logitBytes)
    {
        foreach (RowRange document in rows.Documents)
        {
            if (Configuration.Rotary is null && document.Count > Configuration.ContextLength)
            {
                throw new InputException($"a document has {document.Count} tokens, and the model has learned {Configuration.ContextLength} positions", Path, $"cut documents to {Configuration.ContextLength} tokens");
            }
        }
        if (memory is null || memory.Rows < most || memory.Plan.LogitBytes != logitBytes)
        {
            memory?.Dispose();
            memory = new TrainingMemory(Configuration, most, Plan(logitBytes), account, pool);
            step = null;
        }
        return step = step is { } one && one.Batch == rows ? one : new Step(operations, rows, memory);
    }

    /// <summary>A step over a batch.</summary>
    /// <inheritdoc cref="Look(Batch, int, long)" path="/exception"/>
    internal Step Look(TrainingBatch batch)
    {
        own.Clear();
        foreach (RowRange document in batch.Documents)
        {
            own.AddDocument(batch.Tokens.Slice(document.First, document.Count));
        }
        return Look(own, batch.Rows, new TrainingPlan().LogitBytes);
    }

    static TrainingPlan Plan(long logitBytes) => new() { Backward = false, LogitBytes = logitBytes };

    /// <summary>Refuses a model whose pieces are not those of another: their probabilities would be of different things.</summary>
    /// <exception cref="InputException">The vocabularies differ.</exception>
    internal void RequireVocabulary(Vocabulary other, int rows)
    {
        PieceList mine = Vocabulary.Pieces, theirs = other.Pieces;
        bool same = Configuration.Vocabulary == rows && mine.Count == theirs.Count;
        for (int i = 0; same && i < mine.Count; i++)
        {
            same = mine[i].SequenceEqual(theirs[i]);
        }
        if (!same)
        {
            throw new InputException($"its vocabulary of {mine.Count} pieces is not that of the model that learns, which has {theirs.Count}", Path, "take a model with the same vocabulary");
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        memory?.Dispose();
        Transformer.Dispose();
    }
}
