using Shoestring.Models;
using Shoestring.Training;

namespace Shoestring.Oracles;

/// <summary>Real models learn: from the loss that inference gives them, to a lower one, at exactly the predicted cost.</summary>
public class RealTrainingTests(ITestOutputHelper output)
{
    const int Rows = 96;

    public static TheoryData<string, bool, Checkpointing> Cases => new()
    {
        { "models/stories15M-f16.gguf", false, Checkpointing.None },
        { "models/stories15M-q4_0.gguf", true, Checkpointing.Segments },
        { "models/stories15M-q8_0.gguf", true, Checkpointing.FeedForward },
        { "models/stories260K.gguf", false, Checkpointing.Blocks },
        { "models/minimind2-small", false, Checkpointing.Mixers },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_model_learns_a_text_from_the_loss_that_inference_gives(string path, bool lowRank, Checkpointing checkpointing)
    {
        using WorkerPool pool = new(2);
        using TrainableModel model = TrainableModel.Load(TestData.Find(path), pool, new TrainableOptions { LowRank = lowRank ? new() { Rank = 4, Layers = ["attn_q", "attn_v", "ffn_down"] } : null });
        TrainingBatch batch = Text(model);
        double before = model.Evaluate(batch);
        // Products with block formats see inputs rounded to 8 bits: what attention's two orders of summation move by a bit falls to another level.
        before.ShouldBe(ByInference(model, pool, batch), (lowRank ? 2e-3 : 1e-5) * before);
        StepOptions options = new() { Scale = (float)(1 / batch.TotalWeight), Checkpointing = checkpointing };
        model.Operations.Counters.Reset();
        model.Step(batch, options).ShouldBe(before, 1e-9 * before);
        TrainingWork work = new(_ => !lowRank) { Checkpointing = checkpointing, DeltaRank = name => lowRank && name.Split('.')[^1] is "attn_q" or "attn_v" or "ffn_down" ? 4 : 0 };
        model.Operations.Counters.Flops.ShouldBe(model.Cost.TrainingFlops([Rows, Rows], lowRank ? work : work with { DeltaRank = _ => 0 }).Total);
        Learn(model, batch, options);
        double after = model.Evaluate(batch);
        output.WriteLine($"{path}: loss {before / batch.TotalWeight:F4} before, {after / batch.TotalWeight:F4} after four steps");
        after.ShouldBeLessThan(0.98 * before);
    }

    static void Learn(TrainableModel model, TrainingBatch batch, StepOptions options)
    {
        const float rate = 0.1f;
        for (int step = 0; step < 4; step++)
        {
            model.ClearGradients();
            model.Step(batch, options);
            double norm = Math.Sqrt(model.Parameters.Sum(parameter => parameter.Gradient.ToArray().Sum(g => (double)g * g)));
            foreach (Parameter parameter in model.Parameters)
            {
                Descend(parameter, (float)(rate / Math.Max(1, norm)));
            }
        }
    }

    static void Descend(Parameter parameter, float rate)
    {
        for (int i = 0; i < parameter.Values.Length; i++)
        {
            parameter.Values[i] -= rate * parameter.Gradient[i];
        }
    }

    static TrainingBatch Text(TrainableModel model)
    {
        int[] tokens = [.. model.Tokenizer.Encode(File.ReadAllText(TestData.Find("corpora/tinyshakespeare.txt"))[..4000])];
        TrainingBatch batch = new();
        batch.Add(tokens.AsSpan(0, Rows + 1));
        batch.Add(tokens.AsSpan(Rows, Rows + 1));
        return batch;
    }

    /// <summary>The loss from the logits of the same layers over a cache.</summary>
    static double ByInference(TrainableModel model, WorkerPool pool, TrainingBatch batch)
    {
        MemoryAccount account = new();
        using Operations operations = new(pool, account);
        using StepMemory memory = new(model.Configuration, Rows, Rows, account);
        double loss = 0;
        foreach (RowRange document in batch.Documents)
        {
            using SequenceState state = model.Transformer.CreateState(Rows, KvFormat.F32, account);
            Step step = new(operations, new Batch(), memory);
            step.Batch.Add(state, batch.Tokens.Slice(document.First, document.Count), document.Count);
            Tensor logits = model.Transformer.Forward(step);
            for (int row = 0; row < logits.Rows; row++)
            {
                double[] all = [.. logits.Row(row).ToArray().Select(logit => (double)logit)];
                double top = all.Max();
                loss += top + Math.Log(all.Sum(logit => Math.Exp(logit - top))) - all[batch.Targets[document.First + row]];
            }
        }
        return loss;
    }
}
