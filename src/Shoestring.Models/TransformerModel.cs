using Shoestring.Tensors;

namespace Shoestring.Models;

/// <summary>
/// A decoder-only transformer: embedding, blocks, head. One definition serves every weight format, inference, training and
/// compression.
/// </summary>
public sealed partial class TransformerModel : IDisposable
{
    readonly PackedMatrix embedding;
    readonly PackedMatrix? positions;
    readonly IWeightSource source;
    readonly Norm headNorm;
    readonly PackedMatrix head;

    /// <summary>Puts a model together; it owns its parts from then on.</summary>
    /// <param name="configuration">What it is.</param>
    /// <param name="embedding"><c>[token, channel]</c></param>
    /// <param name="positions"><c>[position, channel]</c> where positions are learned.</param>
    /// <param name="source">The blocks.</param>
    /// <param name="headNorm">Norm before the logits.</param>
    /// <param name="head"><c>[token, channel]</c>; <paramref name="embedding"/> itself when tied.</param>
    public TransformerModel(ModelConfiguration configuration, PackedMatrix embedding, PackedMatrix? positions, IWeightSource source, Norm headNorm, PackedMatrix head)
    {
        Configuration = configuration;
        (this.embedding, this.positions, this.source, this.headNorm, this.head) = (embedding, positions, source, headNorm, head);
    }

    /// <summary>Inputs that virtual rows have, or null.</summary>
    public LearnedRows? Prompt { get; set; }

    /// <summary>Rows before every text that no token stands for: of <see cref="Prompt"/>, and of the mixers' prefixes.</summary>
    public int VirtualRows { get; set; }

    /// <summary>The mixer of a block, to give it a prefix.</summary>
    public ITokenMixer Mixer(int block)
    {
        ITokenMixer mixer = source.Acquire(block).Mixer;
        source.Release(block);
        return mixer;
    }

    /// <summary>What it is.</summary>
    public ModelConfiguration Configuration { get; }

    /// <summary>Reads all weights of a file into memory.</summary>
    /// <exception cref="ModelFileException">A weight is missing or has another shape than the configuration says.</exception>
    public static TransformerModel Load(ModelConfiguration configuration, TensorReader reader)
    {
        int width = configuration.Width;
        PackedMatrix embedding = reader.Matrix("token_embd.weight", configuration.Vocabulary, width);
        Block[] blocks = new Block[configuration.Blocks.Count];
        for (int b = 0; b < blocks.Length; b++)
        {
            blocks[b] = BlockLoader.Load(configuration, reader, b);
        }
        PackedMatrix? positions = configuration.Rotary == null ? reader.Matrix("position_embd.weight", configuration.ContextLength, width) : null;
        Norm norm = BlockLoader.ReadNorm(configuration, reader, "output_norm", width);
        PackedMatrix head = configuration.TiedEmbeddings ? embedding : reader.Matrix("output.weight", configuration.Vocabulary, width);
        return new TransformerModel(configuration, embedding, positions, new ResidentWeights(blocks), norm, head);
    }

    /// <summary>The memory of one new sequence.</summary>
    /// <param name="capacity">Most positions that it will have.</param>
    /// <param name="cache">How keys and values are kept.</param>
    /// <param name="account">Who counts the memory.</param>
    /// <exception cref="InputException">This model's cannot be kept so.</exception>
    public SequenceState CreateState(int capacity, CacheOptions cache, MemoryAccount account)
    {
        ITokenState[] states = new ITokenState[Configuration.Blocks.Count];
        for (int b = 0; b < states.Length; b++)
        {
            states[b] = source.Acquire(b).Mixer.CreateState(VirtualRows + capacity, cache, account);
            source.Release(b);
        }
        return new SequenceState(states, capacity, cache, Choices(cache, account), VirtualRows);
    }

    NeuronChoice[]? Choices(CacheOptions cache, MemoryAccount account) => cache.Sparsity == 0 ? null
        : Configuration.Blocks.Any(block => block.Ranks.Any)
            ? throw new InputException("this model's matrices are products of factors, of which no neurons can be taken out", "sparsity", "leave it at 0, or take the model without factors")
        : cache.Sparsity is > 0 and < 1 ? [.. Configuration.Blocks.Select(block => new NeuronChoice(block.FeedForwardWidth, cache.Sparsity, account))]
        : throw new InputException($"a sparsity of {cache.Sparsity}", "sparsity", "give a share from 0 to below 1");

    /// <summary>Runs a step: the sequences advance by their rows, and the logits of the wanted rows come back.</summary>
    /// <returns><c>[wanted row, token]</c>, valid until the next step on the same memory.</returns>
    public Tensor Forward(Step step)
    {
        Batch batch = step.Batch;
        int width = Configuration.Width;
        RunVirtual(step);
        Tensor x = Run(step);
        for (int i = 0; i < batch.Sequences.Count; i++)
        {
            batch.Sequences[i].State.Advance(batch.Sequences[i].Rows);
        }
        int wanted = batch.LogitRows.Length;
        Tensor logits = step.Memory[Activation.Logits, wanted, Configuration.Vocabulary];
        if (wanted > 0)
        {
            Tensor rows = step.Memory[Activation.HeadInput, wanted, width];
            Operations.Gather(x, batch.LogitRows, rows);
            headNorm.Forward(step.Operations, rows, rows);
            step.Operations.Multiply(rows, head, logits);
        }
        return logits;
    }

    /// <summary>The residual stream behind the last block.</summary>
    Tensor Run(Step step)
    {
        Tensor x = step.Memory[Activation.Residual, step.Batch.Rows, Configuration.Width];
        Embed(step, x);
        for (int b = 0; b < Configuration.Blocks.Count; b++)
        {
            source.Acquire(b).Forward(step, b, x);
            source.Release(b);
        }
        return x;
    }

    /// <summary>Runs the virtual rows of sequences that have none of theirs yet, no more at a time than the step has rows: for so many its memory is made.</summary>
    /// <exception cref="InvalidOperationException">A sequence began with other adapters.</exception>
    void RunVirtual(Step step)
    {
        // By number: an enumerator of the list would be allocated at every step.
        for (int i = 0; i < step.Batch.Sequences.Count; i++)
        {
            SequenceState state = step.Batch.Sequences[i].State;
            if (state.VirtualRows == 0 || state.HasVirtual)
            {
                continue;
            }
            if (state.VirtualRows != VirtualRows)
            {
                throw new InvalidOperationException($"the sequence began with {state.VirtualRows} virtual rows, and the model's adapters now have {VirtualRows}: begin another");
            }
            for (int first = 0; first < VirtualRows; first += step.Batch.Rows)
            {
                Batch rows = new();
                rows.AddVirtual(state, first, Math.Min(step.Batch.Rows, VirtualRows - first));
                Run(new Step(step.Operations, rows, step.Memory));
            }
            state.HasVirtual = true;
        }
    }

    void Embed(Step step, Tensor x)
    {
        step.Operations.Embed(embedding, step.Batch.Tokens, x);
        Prompt?.Write(step.Batch, x);
        if (positions != null)
        {
            Tensor learned = step.Memory[Activation.MixerInput, x.Rows, x.Columns];
            step.Operations.Embed(positions, step.Batch.Positions, learned);
            step.Operations.Add(x, learned, x);
        }
        else if (Configuration.Rotary is { } rotary)
        {
            Tensor angles = step.Memory[Activation.Angles, x.Rows, 2 * rotary.Frequencies.Length];
            Operations.RotaryTable(step.Batch.Positions, rotary.Frequencies, rotary.Magnitude, angles);
            if (step.Batch.SeesSinks)
            {
                angles = step.Memory[Activation.SinkAngles, x.Rows, 2 * rotary.Frequencies.Length];
                Operations.RotaryTable(step.Batch.SinkTurns, rotary.Frequencies, 1, angles);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Prompt?.Dispose();
        source.Dispose();
        headNorm.Dispose();
        positions?.Dispose();
        embedding.Dispose();
        if (!ReferenceEquals(head, embedding))
        {
            head.Dispose();
        }
    }
}
