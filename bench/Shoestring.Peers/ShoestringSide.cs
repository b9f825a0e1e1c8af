using System.Diagnostics;
using Shoestring.Models;
using Shoestring.Tensors;

namespace Shoestring.Peers;

/// <summary>This engine, on the layer below sampling: a step is what llama.cpp's decode call is.</summary>
sealed class ShoestringSide : ISide
{
    // As in LlamaSide: ids above the special and byte tokens.
    const int FirstOrdinaryToken = 300;

    readonly WorkerPool pool;
    readonly LanguageModel model;
    readonly Operations operations;
    readonly StepMemory memory;
    readonly Step step;
    int round;

    public ShoestringSide(string path, Workload workload)
    {
        pool = new WorkerPool(workload.Threads);
        model = LanguageModel.Load(path, pool);
        operations = new Operations(pool, model.Memory);
        memory = new StepMemory(model.Configuration, Math.Min(StepMemory.UsualRows(model.Configuration), Math.Max(workload.PromptTokens, workload.Batches.Max())), workload.Batches.Max(), model.Memory);
        step = new Step(operations, new Batch(), memory);
    }

    public string Name => $"Shoestring {operations.Path}";

    public double Prefill(int tokens)
    {
        int[] prompt = [.. Enumerable.Range(0, tokens).Select(i => Ordinary(i * 7 + round))];
        round++;
        using SequenceState state = model.Transformer.CreateState(tokens, KvFormat.F16, model.Memory);
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < tokens; i += memory.Rows)
        {
            int rows = Math.Min(memory.Rows, tokens - i);
            step.Batch.Clear();
            step.Batch.Add(state, prompt.AsSpan(i, rows), i + rows == tokens ? 1 : 0);
            model.Transformer.Forward(step);
        }
        return tokens / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    public double Decode(int tokens, int batch)
    {
        SequenceState[] states = [.. Enumerable.Range(0, batch).Select(_ => model.Transformer.CreateState(tokens + 1, KvFormat.F16, model.Memory))];
        Forward(states, 0);
        long start = Stopwatch.GetTimestamp();
        for (int i = 1; i <= tokens; i++)
        {
            Forward(states, i);
        }
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        foreach (SequenceState state in states)
        {
            state.Dispose();
        }
        return tokens * batch / seconds;
    }

    void Forward(SequenceState[] states, int position)
    {
        step.Batch.Clear();
        foreach (SequenceState state in states)
        {
            step.Batch.Add(state, [Ordinary(position * 13)]);
        }
        model.Transformer.Forward(step);
    }

    int Ordinary(int i) => FirstOrdinaryToken + i % Math.Min(1000, model.Configuration.Vocabulary - FirstOrdinaryToken);

    public void Dispose()
    {
        memory.Dispose();
        operations.Dispose();
        model.Dispose();
        pool.Dispose();
    }
}
