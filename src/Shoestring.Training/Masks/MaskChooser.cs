using Shoestring.Models;
using Shoestring.Tensors;

namespace Shoestring.Training;

/// <summary>Chooses the weights that change under <see cref="ChildTuningOptions"/>.</summary>
static class MaskChooser
{
    /// <summary>The mask of a model before its first step.</summary>
    /// <param name="model">The model; its gradients are cleared.</param>
    /// <param name="options">How many, and how.</param>
    /// <param name="batches">Batches of the task's text.</param>
    public static GradientMask Choose(TrainableModel model, ChildTuningOptions options, BatchStream batches)
    {
        long count = Math.Max(1, (long)Math.Round(options.Share * model.Parameters.Sum(parameter => parameter.Elements)));
        NativeBuffer[] scores = [.. model.Parameters.Select(parameter => new NativeBuffer((long)parameter.Values.Length * sizeof(float), MemoryKind.Scratch, model.Memory))];
        try
        {
            if (options.Mask == MaskKind.Fisher)
            {
                AddSquares(model, scores, options.Documents, batches);
            }
            else
            {
                Draw(scores, options.Seed);
            }

            for (int parameter = 0; parameter < scores.Length; parameter++)
            {
                MarkPadding(model.Parameters[parameter], Values(scores[parameter]));
            }

            return GradientMask.Largest(scores, count);
        }
        finally
        {
            Array.ForEach(scores, one => one.Dispose());
        }
    }

    static Span<float> Values(NativeBuffer buffer) => buffer.Span<float>(0, (int)(buffer.Bytes / sizeof(float)));

    // Σ over documents of the squared gradient of a document's mean loss; the mean would rank alike.
    static void AddSquares(TrainableModel model, NativeBuffer[] scores, int documents, BatchStream batches)
    {
        Dictionary<Parameter, NativeBuffer> byParameter = model.Parameters.Zip(scores).ToDictionary(pair => pair.First, pair => pair.Second);
        TrainingBatch batch = new(), one = new();
        for (int done = 0; done < documents;)
        {
            batches.Next(batch);
            for (int i = 0; i < batch.Documents.Length && done < documents; i++, done++)
            {
                RowRange rows = batch.Documents[i];
                one.Clear();
                one.Add(batch.Tokens.Slice(rows.First, rows.Count), batch.Targets.Slice(rows.First, rows.Count), batch.Weights.Slice(rows.First, rows.Count));
                if (one.TotalWeight > 0)
                {
                    model.ClearGradients();
                    model.Step(one, new StepOptions { Scale = (float)(1 / one.TotalWeight), Finished = parameter => AddSquares(parameter.Gradient, Values(byParameter[parameter])) });
                }
            }
        }

        model.ClearGradients();
        model.Passes = 0;
    }

    static void AddSquares(ReadOnlySpan<float> gradient, Span<float> sums)
    {
        for (int i = 0; i < sums.Length; i++)
        {
            sums[i] += gradient[i] * gradient[i];
        }
    }

    static void Draw(NativeBuffer[] scores, ulong seed)
    {
        for (int parameter = 0; parameter < scores.Length; parameter++)
        {
            Span<float> values = Values(scores[parameter]);
            for (int i = 0; i < values.Length; i++)
            {
                values[i] = (float)CounterRandom.Uniform(seed, (ulong)parameter, (ulong)i);
            }
        }
    }

    // A matrix lies in groups of 16 rows, [group][column][row of 16]; the last group's missing rows are padding.
    static void MarkPadding(Parameter parameter, Span<float> scores)
    {
        if (!parameter.IsMatrix)
        {
            return;
        }

        const int group = PackedLayout.GroupRows;
        int last = parameter.Rows / group, left = parameter.Rows % group;
        for (int i = last * group * parameter.Columns; i < scores.Length; i++)
        {
            scores[i] = i % group < left ? scores[i] : -1;
        }
    }
}
