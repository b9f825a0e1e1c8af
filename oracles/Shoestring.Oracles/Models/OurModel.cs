using Shoestring.Models;

namespace Shoestring.Oracles;

/// <summary>A model in our engine, and what it takes to run it over given tokens.</summary>
sealed class OurModel : IDisposable
{
    readonly WorkerPool pool = new(2);

    public OurModel(string path)
    {
        Model = LanguageModel.Load(path, pool);
        Operations = new Operations(pool, Model.Memory);
    }

    public LanguageModel Model { get; }

    public WorkerPool Pool => pool;

    public Operations Operations { get; }

    /// <summary>Logits <c>[token][vocabulary]</c> of one sequence of tokens.</summary>
    public float[][] Logits(ReadOnlySpan<int> tokens, KvFormat format = KvFormat.F32)
    {
        using Scorer scorer = new(Model, Operations, tokens.Length, format);
        var rows = new float[tokens.Length][];
        scorer.Visit(tokens, 0, tokens.Length, (position, logits) => rows[position] = logits.ToArray());
        return rows;
    }

    public void Dispose()
    {
        Operations.Dispose();
        Model.Dispose();
        pool.Dispose();
    }
}

/// <summary>How far two sets of logits lie apart.</summary>
static class LogitDistance
{
    /// <summary>‖a − b‖ / ‖b‖ over all tokens.</summary>
    public static double Relative(float[][] values, float[][] expected)
    {
        double difference = 0, size = 0;
        foreach (var (row, reference) in values.Zip(expected))
        {
            for (var i = 0; i < row.Length; i++)
            {
                difference += (row[i] - (double)reference[i]) * (row[i] - (double)reference[i]);
                size += (double)reference[i] * reference[i];
            }
        }
        return Math.Sqrt(difference / size);
    }

    /// <summary>Mean KL(expected ‖ values) over the tokens, in nats.</summary>
    public static double KullbackLeibler(float[][] values, float[][] expected) => values.Zip(expected, Row).Average();

    static double Row(float[] values, float[] expected)
    {
        double ours = LogProbabilities.LogSumExp(values), theirs = LogProbabilities.LogSumExp(expected), sum = 0;
        for (var i = 0; i < values.Length; i++)
            sum += Math.Exp(expected[i] - theirs) * (expected[i] - theirs - (values[i] - ours));
        return sum;
    }
}
