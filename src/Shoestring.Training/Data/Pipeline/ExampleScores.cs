using Shoestring.Models;
using Shoestring.Tensors;

namespace Shoestring.Training;

/// <summary>Scores examples by the model that is going to be trained, as it stands, or by a proxy that is read for it and given back.</summary>
/// <param name="store">The tokens.</param>
/// <param name="model">The model.</param>
/// <param name="rows">Most rows that are looked at together.</param>
/// <param name="options">How its steps are made, where gradients are asked for.</param>
/// <param name="pool">The threads.</param>
sealed class ExampleScores(TokenStore store, TrainableModel model, int rows, StepOptions options, WorkerPool pool)
{
    /// <summary>The most rows that were looked at together by the model itself.</summary>
    public int MostRows { get; private set; }

    /// <summary>Mean loss of a token of each example. <c>[example]</c></summary>
    public double[] MeanLosses(IReadOnlyList<TokenSlice> examples, string? proxy) =>
        ByLogits(examples, proxy, static (logits, target) => LogProbabilities.NegativeLogLikelihood(logits, target));

    /// <summary>Mean of ‖softmax − onehot‖₂ over an example's tokens. <c>[example]</c></summary>
    public double[] ErrorNorms(IReadOnlyList<TokenSlice> examples, string? proxy) => ByLogits(examples, proxy, ErrorNorm);

    /// <summary>Mean state after the last block of each example. <c>[example, channel]</c></summary>
    public (float[] Features, int Channels) Features(IReadOnlyList<TokenSlice> examples, string? proxy)
    {
        float[] features = [];
        int channels = 0;
        Visit(examples, proxy, (layers, step, batch, first) =>
        {
            Tensor stream = layers.DocumentStream(step);
            channels = stream.Columns;
            features = features.Length > 0 ? features : new float[examples.Count * channels];
            for (int d = 0; d < batch.Documents.Length; d++)
            {
                Mean(stream, batch.Documents[d], features.AsSpan((first + d) * channels, channels));
            }
        });
        return (features, channels);
    }

    /// <summary>The norm of the gradient of each example's mean loss, over all that learns. <c>[example]</c></summary>
    public double[] GradientNorms(IReadOnlyList<TokenSlice> examples)
    {
        double[] norms = new double[examples.Count];
        GradientNorm norm = new(pool);
        TrainingBatch batch = new();
        for (int e = 0; e < norms.Length; e++)
        {
            Fill(batch, examples[e]);
            double squares = 0;
            if (batch.TotalWeight > 0)
            {
                model.ClearGradients();
                model.Step(batch, options with { Scale = (float)(1 / batch.TotalWeight), Finished = one => squares += norm.SumOfSquares(GradientOf(one)) });
                MostRows = Math.Max(MostRows, batch.Rows);
            }
            norms[e] = Math.Sqrt(squares);
        }
        // The run begins as if nobody had looked.
        model.ClearGradients();
        model.Passes = 0;
        return norms;
    }

    static FlatValues GradientOf(Parameter parameter) => parameter.MatrixGradient is { } matrix ? FlatValues.Of(matrix) : FlatValues.GradientOf(parameter);

    double[] ByLogits(IReadOnlyList<TokenSlice> examples, string? proxy, TokenScore score)
    {
        double[] scores = new double[examples.Count];
        RowScores rowScores = new(score);
        Visit(examples, proxy, (layers, step, batch, first) =>
        {
            rowScores.Begin(batch.Rows);
            layers.Loss(step, new LossRows(batch.Targets, batch.Weights, 1), rowScores);
            for (int d = 0; d < batch.Documents.Length; d++)
            {
                scores[first + d] = rowScores.Mean(batch.Documents[d], batch.Weights);
            }
        });
        return scores;
    }

    delegate double TokenScore(ReadOnlySpan<float> logits, int target);

    delegate void Visitor(TransformerModel layers, Step step, TrainingBatch batch, int first);

    void Visit(IReadOnlyList<TokenSlice> examples, string? proxy, Visitor visitor)
    {
        using FrozenModel? other = proxy is null ? null : FrozenModel.Load(proxy, pool, model.Operations, model.Memory);
        other?.RequireVocabulary(model.Vocabulary, model.Configuration.Vocabulary);
        TrainingBatch batch = new();
        for (int first = 0, next; first < examples.Count; first = next)
        {
            batch.Clear();
            for (next = first; next < examples.Count && (next == first || batch.Rows + examples[next].Count - 1 <= rows); next++)
            {
                Add(batch, examples[next]);
            }
            MostRows = Math.Max(MostRows, other is null ? batch.Rows : 0);
            visitor(other?.Transformer ?? model.Transformer, other?.Look(batch) ?? model.Look(batch), batch, first);
        }
    }

    void Fill(TrainingBatch batch, TokenSlice example)
    {
        batch.Clear();
        Add(batch, example);
    }

    void Add(TrainingBatch batch, TokenSlice example)
    {
        int[] tokens = new int[example.Count];
        float[] weights = new float[example.Count];
        store.Read(example with { Weight = 1 }, tokens, weights);
        batch.Add(tokens, weights);
    }

    static void Mean(Tensor stream, RowRange document, Span<float> mean)
    {
        for (int row = document.First; row < document.First + document.Count; row++)
        {
            ReadOnlySpan<float> state = stream.Row(row);
            for (int c = 0; c < mean.Length; c++)
            {
                mean[c] += state[c] / document.Count;
            }
        }
    }

    // ‖p − onehot‖² = Σ p² − 2 p[target] + 1.
    static double ErrorNorm(ReadOnlySpan<float> logits, int target)
    {
        double logSum = LogProbabilities.LogSumExp(logits), squares = 0;
        foreach (float logit in logits)
        {
            squares += Math.Exp(2 * (logit - logSum));
        }
        return Math.Sqrt(Math.Max(0, squares - (2 * Math.Exp(logits[target] - logSum)) + 1));
    }

    /// <summary>Scores rows as their logits come by.</summary>
    sealed class RowScores(TokenScore score) : ILogitLoss
    {
        double[] scores = [];

        public void Begin(int rows) => scores = scores.Length >= rows ? scores : new double[rows];

        public double Of(Operations operations, Tensor logits, LossRows rows, int first, bool gradient)
        {
            for (int row = 0; row < logits.Rows; row++)
            {
                scores[first + row] = rows.Weights[row] == 0 ? 0 : score(logits.Row(row), rows.Targets[row]);
            }
            return 0;
        }

        /// <summary>The mean over the rows of a document that count; 0 where none does.</summary>
        public double Mean(RowRange document, ReadOnlySpan<float> weights)
        {
            double sum = 0, total = 0;
            for (int row = document.First; row < document.First + document.Count; row++)
            {
                sum += weights[row] * scores[row];
                total += weights[row];
            }
            return total > 0 ? sum / total : 0;
        }
    }
}
