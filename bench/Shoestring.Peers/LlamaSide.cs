using System.Diagnostics;
using Shoestring.LlamaCpp;

namespace Shoestring.Peers;

/// <summary>llama.cpp, with one setting of flash attention and one way of keeping threads.</summary>
sealed class LlamaSide : ISide
{
    // Ids above the special and byte tokens, so that prompts are ordinary text to any vocabulary.
    const int FirstOrdinaryToken = 300;

    readonly LlamaModel model;
    readonly LlamaContext prefill;
    readonly Dictionary<int, LlamaContext> decode;
    int round;

    public LlamaSide(LlamaModel model, Workload workload, FlashAttention flash, bool keepThreads)
    {
        this.model = model;
        Name = $"llama.cpp flash={(flash == FlashAttention.On ? "on" : "off")} threads={(keepThreads ? "kept" : "joined")}";
        var options = new LlamaOptions { Threads = workload.Threads, Flash = flash, KeepThreads = keepThreads };
        prefill = model.Open(options with { Context = workload.PromptTokens, Batch = workload.PromptTokens });
        decode = workload.Batches.ToDictionary(
            batch => batch,
            batch => model.Open(options with { Context = workload.GenerateTokens + 1, Sequences = batch, Batch = Math.Max(batch, 32) }));
        foreach (var context in decode.Values.Append(prefill))
            context.Pause();
    }

    public string Name { get; }

    public double Prefill(int tokens)
    {
        var prompt = new int[tokens];
        for (var i = 0; i < tokens; i++)
            prompt[i] = Ordinary(i * 7 + round);
        round++;
        return Timed(prefill, tokens, context => context.Feed(prompt));
    }

    public double Decode(int tokens, int batch)
    {
        var context = decode[batch];
        var sequences = Enumerable.Range(0, batch).ToArray();
        var wanted = Enumerable.Repeat(true, batch).ToArray();
        void Step(int position) => context.Decode(
            Repeat(Ordinary(position * 13), batch), Repeat(position, batch), sequences, wanted);
        return Timed(context, tokens * batch, _ =>
        {
            for (var i = 1; i <= tokens; i++)
                Step(i);
        }, () => Step(0));
    }

    static double Timed(LlamaContext context, int tokens, Action<LlamaContext> run, Action? before = null)
    {
        context.Resume();
        context.Clear();
        before?.Invoke();
        var start = Stopwatch.GetTimestamp();
        run(context);
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        context.Pause();
        return tokens / seconds;
    }

    static int[] Repeat(int value, int count)
    {
        var values = new int[count];
        Array.Fill(values, value);
        return values;
    }

    int Ordinary(int i) => FirstOrdinaryToken + i % Math.Min(1000, model.VocabularySize - FirstOrdinaryToken);

    public void Dispose()
    {
        prefill.Dispose();
        foreach (var context in decode.Values)
            context.Dispose();
    }
}
