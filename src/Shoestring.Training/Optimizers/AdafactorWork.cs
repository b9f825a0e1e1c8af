using System.Runtime.CompilerServices;
using Shoestring.Tensors;

namespace Shoestring.Training;

/// <summary>The passes of an Adafactor step over a parameter.</summary>
enum AdafactorPhase
{
    /// <summary>Means of a matrix's rows.</summary>
    Rows,

    /// <summary>Means of a matrix's columns.</summary>
    Columns,

    /// <summary>A vector's squares.</summary>
    Squares,

    /// <summary>Sizes of weights and steps.</summary>
    Sizes,

    /// <summary>The steps themselves.</summary>
    Steps,
}

/// <summary>One pass of Adafactor; a chunk is a group of 16 rows, some columns, or some of a vector's numbers.</summary>
/// <param name="mostChunks">Most chunks of any parameter.</param>
sealed class AdafactorWork(int mostChunks) : ChunkedWork
{
    public const int ColumnsPerChunk = 64;
    public const int VectorPerChunk = 4096;
    const int Lanes = PackedLayout.GroupRows;

    readonly (double Weights, double Steps)[] sums = new (double, double)[mostChunks];
    OptimizedParameter? parameter;
    ParameterState? state;
    ParameterUpdate update;
    double beta, epsilon, rowMean;
    float rate, keep;

    public AdafactorPhase Phase { get; set; }

    public void Prepare(OptimizedParameter nextParameter, ParameterState nextState, ParameterUpdate nextUpdate, double nextBeta, double nextEpsilon) =>
        (parameter, state, update, beta, epsilon, rowMean) = (nextParameter, nextState, nextUpdate, nextBeta, nextEpsilon, 1);

    /// <summary>The mean of the rows' means, by which the product of rows and columns is divided (algorithm 4, line 6).</summary>
    public void FinishRows()
    {
        double sum = 0;
        foreach (float row in state!.Values(0).Span(0, parameter!.Rows))
        {
            sum += row;
        }

        rowMean = sum / parameter.Rows;
    }

    /// <summary>Root mean squares of weights and unclipped steps.</summary>
    public (double Weights, double Steps) Sizes(int chunks)
    {
        double weights = 0, steps = 0, count = (double)parameter!.Rows * parameter.Columns;
        for (int chunk = 0; chunk < chunks; chunk++)
        {
            weights += sums[chunk].Weights;
            steps += sums[chunk].Steps;
        }

        return (Math.Sqrt(weights / count), Math.Sqrt(steps / count));
    }

    public void Step(double nextRate, double nextKeep) => (rate, keep) = ((float)nextRate, (float)nextKeep);

    public override void Run(int chunk, int worker)
    {
        switch (Phase)
        {
            case AdafactorPhase.Rows:
                Rows(chunk);
                break;
            case AdafactorPhase.Columns:
                Columns(chunk);
                break;
            case AdafactorPhase.Squares:
                Squares(chunk);
                break;
            default:
                Walk(chunk, Phase == AdafactorPhase.Steps);
                break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void Rows(int group)
    {
        int columns = parameter!.Columns, rows = Real(group);
        Span<double> sum = stackalloc double[Lanes];
        sum.Clear();
        ReadOnlySpan<float> gradient = update.Gradient.Span((long)group * Lanes * columns, Lanes * columns);
        for (int i = 0; i < gradient.Length; i += Lanes)
        {
            for (int lane = 0; lane < rows; lane++)
            {
                sum[lane] += Square(gradient[i + lane]);
            }
        }

        Span<float> means = state!.Values(0).Span((long)group * Lanes, rows);
        for (int lane = 0; lane < rows; lane++)
        {
            means[lane] = Mixed(means[lane], sum[lane] / columns);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void Columns(int chunk)
    {
        int first = chunk * ColumnsPerChunk, count = Math.Min(ColumnsPerChunk, parameter!.Columns - first);
        Span<double> sum = stackalloc double[ColumnsPerChunk];
        sum.Clear();
        for (int group = 0; group < parameter.Groups; group++)
        {
            ReadOnlySpan<float> gradient = update.Gradient.Span((((long)group * parameter.Columns) + first) * Lanes, count * Lanes);
            int rows = Real(group);
            for (int column = 0; column < count; column++)
            {
                for (int lane = 0; lane < rows; lane++)
                {
                    sum[column] += Square(gradient[(column * Lanes) + lane]);
                }
            }
        }

        Span<float> means = state!.Values(1).Span(first, count);
        for (int column = 0; column < count; column++)
        {
            means[column] = Mixed(means[column], sum[column] / parameter.Rows);
        }
    }

    void Squares(int chunk)
    {
        int first = chunk * VectorPerChunk, count = Math.Min(VectorPerChunk, parameter!.Columns - first);
        ReadOnlySpan<float> gradient = update.Gradient.Span(first, count);
        Span<float> second = state!.Values(0).Span(first, count);
        for (int i = 0; i < count; i++)
        {
            second[i] = Mixed(second[i], Square(gradient[i]));
        }
    }

    // Either adds up squares of weights and steps, or takes the steps.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void Walk(int chunk, bool takes)
    {
        bool matrix = parameter!.IsMatrix;
        int stride = matrix ? Lanes : 1, rows = matrix ? Real(chunk) : 1;
        int firstColumn = matrix ? 0 : chunk * VectorPerChunk, columns = matrix ? parameter.Columns : Math.Min(VectorPerChunk, parameter.Columns - firstColumn);
        long start = matrix ? (long)chunk * Lanes * columns : firstColumn;
        Span<float> weights = update.Weights.Span(start, stride * columns);
        ReadOnlySpan<float> gradient = update.Gradient.Span(start, stride * columns);
        ReadOnlySpan<float> rowMeans = matrix ? state!.Values(0).Span((long)chunk * Lanes, rows) : [1f];
        ReadOnlySpan<float> columnMeans = state!.Values(matrix ? 1 : 0).Span(firstColumn, columns);
        double ofWeights = 0, ofSteps = 0;
        for (int column = 0; column < columns; column++)
        {
            for (int lane = 0; lane < rows; lane++)
            {
                int i = (column * stride) + lane;
                float step = (float)(gradient[i] * update.GradientFactor / Math.Sqrt(rowMeans[lane] / rowMean * columnMeans[column]));
                if (takes)
                {
                    weights[i] = (weights[i] * keep) - (step * rate);
                }
                else
                {
                    ofWeights += (double)weights[i] * weights[i];
                    ofSteps += (double)step * step;
                }
            }
        }

        sums[chunk] = takes ? sums[chunk] : (ofWeights, ofSteps);
    }

    int Real(int group) => Math.Min(Lanes, parameter!.Rows - (group * Lanes));

    double Square(float gradient)
    {
        double scaled = gradient * update.GradientFactor;
        return (scaled * scaled) + epsilon;
    }

    float Mixed(float before, double now) => (float)((beta * before) + ((1 - beta) * now));
}
